import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../lib/config/kind";
import { writeFileAtomically } from "../../lib/files";
import { isRunning } from "../../lib/processes";

/** How far a stack is in a run of cdktf. */
type Progress =
  /** It is no part of the run. */
  | "absent"
  /** It was initialized, as cdktf does with all stacks before it applies the first one. */
  | "initialized"
  | "applying"
  | "applied"
  /** Its apply failed, or was killed. */
  | "failed";

/**
 * What the guards of one cdktf run tell each other, in files below cdktf's output folder: cdktf starts a guard of its own for each step
 * of each stack, and tells it nothing of the others. Runs are told apart by the process that starts the guards.
 */
export class RunMarks {
  private readonly folder: string;

  /** `output` is cdktf's output folder; `parent` the process that started this guard. */
  constructor(output: string, parent: number) {
    const runs = join(output, "runs");
    for (const run of existsSync(runs) ? readdirSync(runs) : [])
      if (!isRunning(Number(run))) rmSync(join(runs, run), { recursive: true, force: true });
    this.folder = join(runs, String(parent));
  }

  initialized(id: string): void {
    this.write(id, { step: "init" });
  }

  /** From now on others wait for this process, until it says how it ended or is gone. */
  applying(id: string): void {
    this.write(id, { step: "apply", pid: process.pid });
  }

  applied(id: string, exitCode: number): void {
    this.write(id, { step: "apply", exitCode });
  }

  progress(id: string): Progress {
    const file = this.file(id);
    if (!existsSync(file)) return "absent";
    const mark: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isRecord(mark) || mark["step"] !== "apply") return "initialized";
    if (mark["exitCode"] !== undefined) return mark["exitCode"] === 0 ? "applied" : "failed";
    return isRunning(Number(mark["pid"])) ? "applying" : "failed";
  }

  private write(id: string, mark: Readonly<Record<string, string | number>>): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileAtomically(this.file(id), JSON.stringify(mark));
  }

  private file(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}
