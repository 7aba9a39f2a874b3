import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { actionlint, zizmor } from "../../tools/catalogue";
import { builtTool } from "../../tools/tool";

/** Folders with workflows: ours, and those that docs/overlay.md has a company copy. */
const workflowFolders = [".github/workflows", "examples/overlay/.github/workflows"];

/** Every workflow, as a path from the repository's root, sorted. */
export function workflowFiles(root = repositoryRoot): readonly string[] {
  return workflowFolders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
}

interface LintResult {
  readonly tool: string;
  readonly clean: boolean;
  /** What the tool said. */
  readonly output: string;
}

/**
 * Checks `files` (paths below `folder`) with actionlint (syntax, types, shell) and zizmor (security), without a network. Both
 * always run, so that one call tells everything. @throws UserError `tool-missing`
 */
export function lintWorkflows(folder: string, files: readonly string[]): readonly LintResult[] {
  const [lint, audit] = [builtTool(actionlint), builtTool(zizmor)];
  return [
    // shellcheck and pyflakes would make the answer depend on what else is installed.
    runTool("actionlint", lint, ["-no-color", "-shellcheck=", "-pyflakes=", ...files], folder),
    runTool("zizmor", audit, ["--offline", "--no-progress", "--color=never", "--persona=pedantic", ...files], folder),
  ];
}

function runTool(tool: string, program: string, args: readonly string[], cwd: string): LintResult {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  return {
    tool,
    clean: status === 0,
    output: error === undefined ? `${stdout}${status === 0 ? "" : stderr}`.trim() : error.message,
  };
}
