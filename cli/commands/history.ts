import { refuseWhileHeldOff } from "../../authority/lease/held-off";
import { addressHistory, type Blame, blame } from "../../authority/history/blame";
import { openFamilies } from "../../authority/state/backends";
import { whyNoHistory } from "../../authority/history/kept";
import { restore } from "../../authority/history/restore";
import { stateVersions } from "../../authority/history/versions";
import { requireMovable } from "../../authority/state/movable";
import { systemClock } from "../../authority/clock";
import { noHistory } from "../../authority/refusals";
import { type ObjectStore } from "../../authority/stores/object-store";
import { identityOf } from "../../lib/addresses/catalogue";
import { location } from "../../lib/backend/contract";
import { isStackName } from "../../lib/config/names";
import { contractOn, findContracts } from "../../lib/backend/resolve";
import { configurationFolder, loadConfiguration, type StackInstance, type Configuration } from "../../lib/config/load";
import { refuseErroredState } from "../../lib/engine/errored-state";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { forTerminal } from "../../lib/text/terminal";
import { withObjectStore } from "../object-store";
import { whoAmI } from "../who";
import { unknownAddress, stackNeeded } from "../refusals";
import { print, printJson, table } from "../terminal";
import { limitNotPositive } from "./refusals";

interface StoreOptions {
  readonly dir?: string;
  readonly json?: true;
}

/** `flywheel history`: earlier states, newest first, with what `restore` takes. */
export async function historyCommand(
  id: string,
  options: StoreOptions & { readonly limit: string; readonly address?: string },
): Promise<void> {
  const { configuration, stack } = await load(id);
  const { address } = options;
  if (address !== undefined) {
    const changes = await withHistory(configuration, stack, options.dir, (store, key) =>
      addressHistory(store, key, address, positive(options.limit), identityIn(stack)),
    );
    if (changes.length === 0) throw unknownAddress(id, address);
    if (options.json === true) return printJson({ ok: true, changes });
    return print(changes.map(changeText).join("\n"));
  }
  const versions = await withHistory(configuration, stack, options.dir, (store, key) =>
    stateVersions(store, key, positive(options.limit)),
  );
  if (options.json === true) return printJson({ ok: true, versions });
  if (versions.length === 0) return print(`${id}: no state was ever there`);
  print(
    table([
      ["serial", "written", "size", "by", "version"],
      ...versions.map(({ serial, at, size, writer, version, removed, unreadable }) => [
        removed ? "removed" : (serial?.toString() ?? unreadable ?? ""),
        at.toISOString(),
        String(size),
        writer ?? "",
        version,
      ]),
    ]),
  );
}

/** `flywheel restore`: an earlier state becomes the newest, as a new serial. */
export async function restoreCommand(id: string, options: StoreOptions & { readonly version: string }): Promise<void> {
  const { configuration, stack } = await load(id);
  refuseErroredState(stack);
  const entry = ledgerEntry(configuration.ledger, stack);
  const where =
    options.dir === undefined ? location(await contractOn("s3", configuration, stack, process.env)) : undefined;
  const { serial, from } = await withObjectStore(configuration, stack, options.dir, async (store, stateKey) => {
    await refuseWhileHeldOff({ configuration, stack, environment: process.env }, { store, stateKey });
    return restore({
      id,
      store,
      stateKey,
      version: options.version,
      who: whoAmI(),
      clock: systemClock,
      ledger: {
        file: configuration.ledger.file,
        stateName: stack.stateName,
        ...(entry === undefined ? {} : { entry }),
      },
      ...(where === undefined ? {} : { location: where }),
    });
  });
  if (options.json === true) return printJson({ ok: true, serial, from });
  print(
    `${id}: what was serial ${from} is the state again, as serial ${serial}. What was there before is in the history.\nSee what it plans: flywheel preview ${id} --live`,
  );
}

/** What an address means, whatever it was called when. In HCL of its own it means itself. */
function identityIn({ stack }: Pick<StackInstance, "stack">): (address: string) => string {
  return (address) => (isStackName(stack) ? identityOf(stack, address) : address);
}

/** `flywheel blame`: which serial, who and when last changed an address. */
export async function blameCommand(
  id: string,
  address: string,
  options: StoreOptions & { readonly limit: string },
): Promise<void> {
  const { configuration, stack } = await load(id);
  const found = await withHistory(configuration, stack, options.dir, (store, key) =>
    blame(store, key, address, positive(options.limit), identityIn(stack)),
  );
  if (found === undefined) throw unknownAddress(id, address);
  if (options.json === true) return printJson({ ok: true, ...found });
  print(changeText(found));
}

function changeText({ address, previousAddress, last, what }: Blame): string {
  const was = previousAddress === undefined ? "" : ` (was ${previousAddress})`;
  const by = last.writer === undefined ? "" : `, by ${last.writer}`;
  return forTerminal(`${address}${was}: ${what}, serial ${last.serial ?? "?"}, ${last.at.toISOString()}${by}`);
}

/** Runs work on the store that has the state's history. @throws UserError `no-history` where none has. */
async function withHistory<T>(
  configuration: Configuration,
  stack: StackInstance,
  dir: string | undefined,
  work: (store: ObjectStore, key: string) => Promise<T>,
): Promise<T> {
  const { contracts } = await findContracts(configuration, [stack], process.env);
  const contract = contracts.get(stack.id);
  if (
    dir === undefined &&
    contract !== undefined &&
    !openFamilies[contract.type].isInBucket &&
    configuration.organization.state.s3 === undefined
  )
    throw noHistory(stack.id, location(contract), "none");
  return withObjectStore(configuration, stack, dir, async (store, key) => {
    const refusal = contract === undefined ? undefined : await whyNoHistory(stack.id, contract, store, key);
    if (refusal !== undefined) throw refusal;
    return work(store, key);
  });
}

async function load(id: string): Promise<{ configuration: Configuration; stack: StackInstance }> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw stackNeeded();
  await requireMovable(configuration, stack, process.env, "no earlier versions");
  return { configuration, stack };
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw limitNotPositive(text);
  return number;
}
