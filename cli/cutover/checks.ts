import { newestBackup } from "../../authority/backup/catalogue";
import { engineProof } from "../../authority/check/engine-proof";
import { checkBucket } from "../../authority/check/bucket";
import { type CheckLine } from "../../authority/check/line";
import { checkMove } from "../../authority/check/move";
import { configuredBucket } from "../../authority/stores/configured-store";
import { type OpenMove } from "../../authority/cutover/open";
import { type StateRead } from "../../authority/state/state-object";
import { systemClock } from "../../authority/clock";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { type UserError, refusal } from "../../lib/errors";
import { note } from "../terminal";
import { addressReader } from "../unknown-addresses";
import { checksFailed } from "./refusals";

/** What was looked at before a move, and why the move is refused, where it is. */
interface MoveChecks {
  readonly lines: readonly CheckLine[];
  readonly refusal?: UserError;
}

/**
 * Checks both ends of a move, and the bucket that keeps its journal, before anything is locked. Nothing stays of it but a line on
 * stderr, and one for each thing worth knowing.
 */
export async function checkBeforeMove(
  configuration: Configuration,
  stack: StackInstance,
  move: OpenMove,
): Promise<MoveChecks> {
  const started = process.hrtime.bigint();
  const bucket = configuredBucket(configuration, process.env);
  const { authority } = configuration.organization.state.s3 ?? {};
  try {
    const [storeLines, moveLines] = await Promise.all([
      checkBucket({ bucket, store: move.store, ...(authority === undefined ? {} : { authority }), clock: systemClock }),
      moveLinesOf(configuration, stack, move),
    ]);
    // The engine itself at the place where it will work: a move there would end in an apply that can't lock.
    const proof = { stack, contract: move.destination.contract, environment: process.env, clock: systemClock };
    const isOut = storeLines.length === 1;
    const bucketLines = [
      ...storeLines,
      ...(isOut ? [] : [await engineProof({ ...proof, ...(authority === undefined ? {} : { authority }) })]),
    ];
    const lines = [...bucketLines, ...moveLines];
    tell(lines, started);
    const refusal = refusalOf(stack.id, bucketLines, moveLines);
    return { lines, ...(refusal === undefined ? {} : { refusal }) };
  } finally {
    bucket.close();
  }
}

async function moveLinesOf(
  configuration: Configuration,
  stack: StackInstance,
  { source, destination, store, stateKey }: OpenMove,
): Promise<readonly CheckLine[]> {
  const entry = ledgerEntry(configuration.ledger, stack);
  return checkMove({
    id: stack.id,
    stateName: stack.stateName,
    ledgerFile: configuration.ledger.file,
    ...(entry === undefined ? {} : { ledgerEntry: entry }),
    source,
    destination,
    store,
    stateKey,
    ...(stack.folder === undefined
      ? { unknownAddresses: async (state: StateRead) => (await addressReader(configuration, [stack]))(stack, state) }
      : {}),
    ...(configuration.organization.state.backup === undefined
      ? {}
      : { newestBackup: () => newestBackup(configuration, stack, process.env) }),
  });
}

function tell(lines: readonly CheckLine[], started: bigint): void {
  const count = (status: CheckLine["status"]) => lines.filter((line) => line.status === status).length;
  const parts = [
    `${count("ok")} hold`,
    ...(count("note") === 0 ? [] : [`${count("note")} to note`]),
    ...(count("failed") === 0 ? [] : [`${count("failed")} failed`]),
  ];
  note(`checks: ${parts.join(", ")}, ${Math.round(Number(process.hrtime.bigint() - started) / 1e6)} ms`);
  for (const { name, status, detail } of lines) if (status === "note") note(`note: ${name}: ${detail}`);
}

/** A state that may not be moved is refused as the move itself refuses it; a bucket that may keep none, as failed checks. */
function refusalOf(
  id: string,
  bucketLines: readonly CheckLine[],
  moveLines: readonly CheckLine[],
): UserError | undefined {
  const failed = [...bucketLines, ...moveLines].filter(({ status }) => status === "failed");
  if (failed.length === 0) return undefined;
  if (bucketLines.every(({ status }) => status !== "failed"))
    return refusal(failed.flatMap(({ problems = [] }) => problems));
  const names = failed.map(({ name }) => name);
  const head = checksFailed(id, names, bucketLines.length + moveLines.length);
  return refusal([
    head,
    ...failed.flatMap(({ name, problems = [] }) =>
      problems.map((problem) => ({ ...problem, what: `${name}: ${problem.what}` })),
    ),
  ]);
}
