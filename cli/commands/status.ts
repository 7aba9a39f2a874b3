import { openBucket } from "../../authority/check/places";
import { openFamilies } from "../../authority/state/backends";
import { openStateStore } from "../../authority/state/open-state-store";
import { isMovable } from "../../authority/state/movable";
import { stateKey } from "../../authority/state/state-key";
import { stackStatus, type StackStatus } from "../../authority/operations/status";
import { findContracts, ledgerProblems } from "../../lib/backend/resolve";
import { openBesideState } from "../../authority/lease/beside-state";
import { type BesideFacts, besideFacts } from "../../authority/lease/facts";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { remarksOn } from "./freeze";
import { describeEntryWithoutStack, entriesWithoutStack } from "../../lib/config/entries-without-stack";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { erroredStateOf } from "../../lib/engine/errored-state";
import { erroredStateLeft } from "../../lib/engine/refusals";
import { formatProblem, refuseIfAny, UserError, refusal } from "../../lib/errors";
import { forTerminal } from "../../lib/text/terminal";
import { note, paint, print, printJson, table } from "../terminal";
import { stateUnreadable } from "./refusals";

/** `flywheel status`: a row a state. Exit code 1 where one could not be read. */
export async function statusCommand(ids: readonly string[], options: { readonly json?: true }): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, ids);
  // Flag and ledger may disagree: this is what shows it.
  const { contracts, problems } = await findContracts(configuration, stacks, process.env);
  refuseIfAny(problems);
  const { s3 } = configuration.organization.state;
  const { bucket: opened, note: notLookedAt } = openBucket(
    configuration,
    process.env,
    [...contracts.values()].every(({ type }) => !openFamilies[type].isInBucket),
  );
  for (const { name, detail } of notLookedAt ?? [])
    note(`${name}: ${detail}; generation and moves under way stand there`);
  const bucket = opened?.store;
  try {
    const found = new Map(
      await Promise.all(
        stacks.map(async (stack) => [stack.id, await beside(configuration, stack, contracts.get(stack.id))] as const),
      ),
    );
    const rows = await Promise.all(
      stacks.flatMap((stack) => {
        const contract = contracts.get(stack.id);
        if (contract === undefined) return [];
        const facts = found.get(stack.id)?.facts;
        const entry = ledgerEntry(configuration.ledger, stack);
        const place = openStateStore(contract, process.env, s3?.authority);
        const status = stackStatus({
          id: stack.id,
          contract,
          place,
          ...(entry === undefined ? {} : { ledgerEntry: entry }),
          ...(facts === undefined ? {} : { facts }),
          ...(bucket === undefined || !isMovable(configuration, stack)
            ? {}
            : { beside: { store: bucket, stateKey: stateKey(configuration, stack) } }),
        });
        return [status.finally(() => place.close())];
      }),
    );
    const unreadable = rows.filter(({ problem }) => problem !== undefined);
    const withoutStack = ids.length === 0 ? entriesWithoutStack(configuration) : [];
    const more = withoutStack.length === 0 ? {} : { without_stack: withoutStack };
    if (options.json === true) printJson({ ok: unreadable.length === 0, states: rows, ...more });
    else print(asText(rows));
    // The place that the flag names is not the state's: which words in the configuration are to be put right.
    for (const problem of ledgerProblems(configuration, stacks, contracts))
      note(paint("red", formatProblem(problem), process.stderr));
    for (const entry of withoutStack)
      note(paint("yellow", describeEntryWithoutStack(entry, configuration.ledger.file), process.stderr));
    for (const { id, ledger } of rows)
      if (doubted.includes(ledger))
        note(paint("yellow", `${id}: ${ledger}: flywheel check ${id} says why, and the way on`, process.stderr));
    for (const { id } of stacks) {
      const { facts, problem } = found.get(id) ?? {};
      const remarks = facts === undefined ? [] : remarksOn(id, facts);
      for (const line of remarks) note(paint("yellow", forTerminal(line), process.stderr));
      if (problem !== undefined) note(`${id}: lease and freeze are not told: ${problem}`);
    }
    for (const stack of stacks) {
      const file = erroredStateOf(stack);
      if (file !== undefined) note(paint("red", formatProblem(erroredStateLeft(stack.id, file)), process.stderr));
    }
    if (unreadable.length > 0) throw refusal(unreadable.map(({ id, problem }) => stateUnreadable(id, problem)));
  } finally {
    opened?.raw.close();
    bucket?.close();
  }
}

/** What the ledger column can say that `check` explains. */
const doubted: readonly StackStatus["ledger"][] = ["behind", "no state", "other lineage", "older checkout"];

function asText(rows: readonly StackStatus[]): string {
  const header = ["stack", "flag", "lineage", "serial", "generation", "age", "by", "lock", "ledger", "place"];
  const cells = rows.map((row) => [
    row.id,
    row.backend,
    row.lineage?.slice(0, 8) ?? "-",
    row.serial?.toString() ?? "-",
    row.generation?.toString() ?? "-",
    row.written === undefined ? "-" : age(row.written),
    row.writer ?? "-",
    row.lock ?? (row.lockKnown ? "free" : "not told"),
    row.ledger,
    row.location,
  ]);
  const remarks = rows.flatMap(({ id, cutover, problem }) => [
    ...(cutover === undefined ? [] : [paint("yellow", forTerminal(`${id}: ${cutover}`))]),
    ...(problem === undefined ? [] : [paint("red", forTerminal(`${id}: ${problem}`))]),
  ]);
  return [table([header, ...cells]), ...remarks].join("\n");
}

function age(written: Date): string {
  const minutes = Math.max(0, Math.round((Date.now() - written.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 60 * 48 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}

/** Who applies, what is frozen, and which conditions were lifted; or why that cannot be told. */
async function beside(
  configuration: Configuration,
  stack: StackInstance,
  contract: StateContract | undefined,
): Promise<{ readonly facts?: BesideFacts; readonly problem?: string }> {
  if (contract === undefined) return {};
  try {
    const opened = await openBesideState(configuration, stack, contract, process.env);
    try {
      return { facts: await besideFacts(opened, new Date()) };
    } finally {
      opened.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problem: error.problems.map(({ what }) => what).join("; ") };
  }
}
