import { repositoryRoot } from "../../lib/root";
import { UserError } from "../../lib/errors";
import { lintWorkflows, workflowFiles } from "./lint-workflows";

/** `make workflows-lint`: exit code 1 where either tool finds something. */
function main(): void {
  const files = workflowFiles();
  for (const { tool, clean, output } of lintWorkflows(repositoryRoot, files)) {
    process.stdout.write(clean ? `${tool}: ${files.length} workflows, nothing found\n` : `${tool}:\n${output}\n`);
    if (!clean) process.exitCode = 1;
  }
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof UserError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
