import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../lib/config/kind";
import { parsedJson } from "../../lib/json";
import { sha256 } from "../../lib/sha256";
import { forMarkdown } from "../../lib/text/markdown";
import { forTerminal } from "../../lib/text/terminal";
import { readReceipt, type Receipt, receiptFileOf } from "../../planning/bundle/receipt";
import { type FlywheelRun } from "./flywheel";

export interface PlanOptions {
  readonly id: string;
  /** The folder for bundle and receipt. */
  readonly out: string;
  /** By a reader's credentials. */
  readonly readOnly: boolean;
  /** A plan that destroys the stack. @default false */
  readonly destroy?: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly flywheel: FlywheelRun;
}

/**
 * Plans a stack into a bundle, and says in the log and in the run's summary what it does and how it is approved. Returns the exit code: where
 * nobody could open a bundle there is none, and that is a warning.
 */
export async function planInto(options: PlanOptions): Promise<number> {
  const { id, out, readOnly, destroy = false, environment, flywheel } = options;
  const file = join(out, `${id}.flyplan`);
  mkdirSync(out, { recursive: true });
  const kind = [...(readOnly ? ["--read-only"] : []), ...(destroy ? ["--destroy"] : [])];
  const args = ["plan", "--json", "--auto-approve", ...kind, "--out", file, "--", id];
  const { exitCode, stdout } = await flywheel(args);
  if (exitCode !== 0) {
    if (!readOnly || !codesIn(stdout).includes("no-plan-recipients")) return exitCode;
    const warning = `no bundle of ${id}: nobody is named who can open it (state.plan.recipients)`;
    process.stdout.write(`${environment["GITHUB_ACTIONS"] === "true" ? "::warning::" : ""}${forTerminal(warning)}\n`);
    return 0;
  }
  const receiptFile = receiptFileOf(file);
  const { receipt } = readReceipt(receiptFile);
  const approval = `/apply ${sha256(readFileSync(receiptFile))}`;
  for (const line of [...summary(receipt), `approved by this comment, alone: ${approval}`])
    process.stdout.write(`${forTerminal(line)}\n`);
  const page = environment["GITHUB_STEP_SUMMARY"];
  if (page)
    appendFileSync(
      page,
      [...summary(receipt).map((line) => `- ${forMarkdown(line)}`), "", `\`${approval}\``, ""].join("\n"),
    );
  return 0;
}

function summary({ id, who, state, destroy, changes, drift, outputs }: Receipt): readonly string[] {
  return [
    `${id}: planned by ${who}, on ${state === null ? "no state" : `serial ${state.serial}`}; ${changes.length} changes`,
    ...(destroy === true ? [`destroys ${id}, all of it, for good`] : []),
    ...changes.map(({ address, action, attributes }) => `${action} ${address} ${attributes.join(", ")}`.trim()),
    ...drift.map(({ address }) => `drifted ${address}`),
    ...outputs.map((name) => `output ${name}`),
  ];
}

/** The codes of the problems in a document that a command printed. */
export function codesIn(stdout: string): readonly string[] {
  const document = parsedJson(stdout);
  const problems = isRecord(document) ? document["problems"] : undefined;
  if (!Array.isArray(problems)) return [];
  return problems.flatMap((problem: unknown) => (isRecord(problem) ? [String(problem["code"])] : []));
}
