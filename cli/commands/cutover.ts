import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { abortCutover } from "../../authority/cutover/abort";
import { cutover, type CutoverOptions } from "../../authority/cutover/cutover";
import { cutoverSteps, describeCutover, isUnfinished, Journal } from "../../authority/cutover/journal";
import { openMove, type OpenMove } from "../../authority/cutover/open";
import { realSurroundings } from "../../authority/surroundings";
import { writeFlag } from "../../lib/config/flag-file";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry, type LedgerEntry } from "../../lib/config/ledger";
import { writeLedgerEntry } from "../../lib/config/ledger-file";
import { selectStacks } from "../../lib/config/select";
import { isUncommitted } from "../../lib/config/uncommitted";
import { findEngine } from "../../lib/engine/find";
import { UserError } from "../../lib/errors";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { type PlannedAction } from "../../lab/preview/plan-document";
import { preview } from "../../lab/preview/preview";
import { note, print, printJson } from "../terminal";

export interface CutoverCommandOptions {
  readonly to: "http" | "s3";
  readonly from?: "legacy.gitlab";
  readonly dryRun?: true;
  readonly abort?: true;
  readonly json?: true;
}

/** `flywheel cutover`: moves one state, finishes a move that was interrupted, or undoes it. */
export async function cutoverCommand(id: string, options: CutoverCommandOptions): Promise<void> {
  const folder = configurationFolder();
  const configuration = loadConfiguration(folder);
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) return;
  const move = await openMove(configuration, stack, options, process.env);
  try {
    const request = requestOf(configuration, stack, move);
    if (options.abort === true) {
      const { entry } = await abortCutover(request);
      return options.json === true ? printJson({ ok: true, aborted: true, entry: entry ?? null }) : print(`${id}: its state is at ${move.source.location}`);
    }
    const running = await Journal.peek(move.store, move.stateKey);
    // A move that is under way, or that this very command completed before it was killed, has changed the ledger itself.
    const completed = running?.state === "done" && running.from.location === move.source.location && running.to.location === move.destination.location;
    if (!isUnfinished(running) && !completed) requireCommitted(configuration);
    if (options.dryRun === true) return printSteps(move, isUnfinished(running) ? describeCutover(running) : undefined, options.json === true);

    const before = await planOn(configuration, stack, (await move.source.state.read())?.bytes);
    const result = await cutover(request);
    const after = await planOn(loadConfiguration(folder), stack, (await move.destination.state.read())?.bytes);
    const plan = comparePlans(id, before, after, result.moved);
    if (options.json === true) printJson({ ok: plan.equal, moved: result.moved, same_object: result.sameObject, entry: result.entry, plan: plan.text });
    else {
      print(`${id}: its state is at ${result.entry.location}, serial ${result.entry.serial}, generation ${result.entry.generation}${result.sameObject ? "; both doors lead to that object, so nothing was copied" : ""}`);
      print(plan.text);
      print(`Commit ${configuration.ledger.file} and ${configuration.organization.source.file}: other checkouts stop until they have them.`);
    }
    if (!plan.equal) throw new UserError({ code: "plans-differ", what: `the plan of ${id} is not the one from before: ${plan.text}`, expected: "the same plan; the move itself is complete", remedy: `See what it plans: npx flywheel preview ${id}` });
  } finally {
    move.close();
  }
}

function requestOf(configuration: Configuration, stack: StackInstance, move: OpenMove): CutoverOptions {
  const { organization, ledger } = configuration;
  const entry = ledgerEntry(ledger, stack);
  return {
    id: stack.id,
    stack: stack.stack,
    environment: stack.environment,
    store: move.store,
    stateKey: move.stateKey,
    source: move.source,
    destination: move.destination,
    ledgerFile: ledger.file,
    ...(entry === undefined ? {} : { ledgerEntry: entry }),
    who: `${userInfo().username}@${hostname()}`,
    surroundings: realSurroundings,
    progress: note,
    record: (written: LedgerEntry) => {
      // The ledger first: a flag without its entry is refused at synth, an entry without its flag too, and both say what to do.
      writeLedgerEntry(ledger.file, written);
      writeFlag(organization, stack, written.backend);
    },
  };
}

function requireCommitted(configuration: Configuration): void {
  const { file } = configuration.ledger;
  if (isUncommitted(file) !== true) return;
  throw new UserError({ code: "ledger-uncommitted", file, what: "the ledger has changes that are not committed", expected: "a reviewed ledger: it decides where the state is", remedy: "Commit it, or restore it; then run this again" });
}

function printSteps(move: OpenMove, running: string | undefined, json: boolean): void {
  const { source, destination } = move;
  if (json) return printJson({ ok: true, dry_run: true, from: source.location, to: destination.location, running: running ?? null, steps: cutoverSteps });
  print(`from ${source.location}\nto   ${destination.location}${running === undefined ? "" : `\nunder way: ${running}`}`);
  cutoverSteps.forEach((step, index) => print(`step ${index + 1} of ${cutoverSteps.length}: ${step}`));
}

/** What the plan on a state does, by replay; a refused plan is its refusal. Undefined without a state. */
async function planOn(configuration: Configuration, stack: StackInstance, bytes: Buffer | undefined): Promise<string | undefined> {
  if (bytes === undefined) return undefined;
  return withTemporaryFolder(async (folder) => {
    const stateFile = join(folder, "state.json");
    writeFileAtomically(stateFile, bytes.toString("utf8"), 0o600);
    try {
      const { stacks } = await preview({ configuration, stacks: [stack], engine: findEngine(), environment: process.env, stateFile, stateProblems: "tell", betweenPlaces: true, progress: () => undefined });
      return (stacks[0]?.actions ?? []).map(asLine).join("\n");
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  });
}

function asLine({ action, address, previousAddress }: PlannedAction): string {
  return `${action} ${address}${previousAddress === undefined ? "" : ` (was ${previousAddress})`}`;
}

function comparePlans(id: string, before: string | undefined, after: string | undefined, moved: boolean): { equal: boolean; text: string } {
  if (before === undefined || !moved) return { equal: true, text: `plan of ${id}, by replay on the state's bytes: nothing to compare with, the state had moved already` };
  if (before !== after) return { equal: false, text: `before:\n${before}\nafter:\n${after ?? "no state"}` };
  const changes = before.split("\n").filter((line) => line !== "" && !line.startsWith("none ")).length;
  return { equal: true, text: `plan of ${id}, by replay on the state's bytes: the same before and after (${changes === 0 ? "empty" : `${changes} changes`})` };
}
