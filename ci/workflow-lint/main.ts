import { repositoryRoot } from "../../lib/root";
import { runProgram } from "../program";
import { lintWorkflows, workflowFiles } from "./lint-workflows";

/** `make workflows-lint`: exit code 1 where either tool finds something. */
function main(): void {
  const files = workflowFiles();
  for (const { tool, clean, output } of lintWorkflows(repositoryRoot, files)) {
    process.stdout.write(clean ? `${tool}: ${files.length} workflows, nothing found\n` : `${tool}:\n${output}\n`);
    if (!clean) process.exitCode = 1;
  }
}

runProgram(main);
