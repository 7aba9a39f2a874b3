import { join } from "node:path";
import { type ChildResult, runChild } from "../../lib/child";
import { repositoryRoot } from "../../lib/root";

/** Runs a command of Flywheel's and keeps what it prints on stdout. */
export type FlywheelRun = (args: readonly string[]) => Promise<ChildResult>;

/** The command of this program, in this environment. */
export function flywheelIn(environment: NodeJS.ProcessEnv): FlywheelRun {
  return (args) =>
    runChild({
      program: process.execPath,
      args: [join(repositoryRoot, "bin", "flywheel"), ...args],
      env: environment,
      stderr: "to stderr",
    });
}
