import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lintWorkflows, workflowFiles } from "../../../ci/workflow-lint/lint-workflows";
import { withTemporaryFolder } from "../../../lib/files";
import { repositoryRoot } from "../../../lib/root";

test("actionlint and zizmor find nothing in any workflow", () => {
  const results = lintWorkflows(repositoryRoot, workflowFiles());
  expect(results).toEqual([
    { tool: "actionlint", clean: true, output: "" },
    { tool: "zizmor", clean: true, output: expect.any(String) as unknown },
  ]);
});

// A linter that can't fail proves nothing.
test.each([
  [
    "actionlint",
    "a typo in a context",
    (text: string) => text.replace("inputs.environments }}", "inputs.enviroments }}"),
  ],
  ["actionlint", "an unknown key", (text: string) => text.replace("timeout-minutes: 30", "timeout-minute: 30")],
  [
    "zizmor",
    "an action by tag",
    (text: string) => text.replace(/actions\/setup-node@\S+ # v5\.0\.0/, "actions/setup-node@v5"),
  ],
  ["zizmor", "a kept credential", (text: string) => text.replaceAll(/\n.*persist-credentials: false/g, "")],
  [
    "zizmor",
    "an expression in a shell",
    (text: string) => text.replace("run: make synth", 'run: echo "${{ github.event.pull_request.title }}"'),
  ],
  [
    "zizmor",
    "a token that writes everything",
    (text: string) => text.replace("permissions: {}", "permissions: write-all"),
  ],
])("%s finds %s", async (tool, _what, damage) => {
  await withTemporaryFolder((folder) => {
    const name = ".github/workflows/synth-and-plan.yml";
    const text = readFileSync(join(repositoryRoot, name), "utf8");
    const damaged = damage(text);
    expect(damaged).not.toBe(text);
    mkdirSync(join(folder, ".github", "workflows"), { recursive: true });
    writeFileSync(join(folder, name), damaged);
    const results = lintWorkflows(folder, [name]);
    expect(results.find((result) => result.tool === tool)).toMatchObject({ clean: false });
    return Promise.resolve();
  });
});
