import { blame } from "../../authority/history/blame";
import { restore } from "../../authority/history/restore";
import { stateVersions } from "../../authority/history/versions";
import { systemClock } from "../../authority/clock";
import { location } from "../../lib/backend/contract";
import { contractOn } from "../../lib/backend/resolve";
import { configurationFolder, loadConfiguration, type StackInstance, type Configuration } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { UsageError, UserError } from "../../lib/errors";
import { whoAmI, withObjectStore } from "../beside";
import { print, printJson, table } from "../terminal";

interface StoreOptions {
  readonly dir?: string;
  readonly json?: true;
}

/** `flywheel history`: earlier states, newest first, with what `restore` takes. */
export async function historyCommand(id: string, options: StoreOptions & { readonly limit: string }): Promise<void> {
  const { configuration, stack } = load(id);
  const versions = await withObjectStore(configuration, stack, options.dir, (store, key) =>
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
  const { configuration, stack } = load(id);
  const entry = ledgerEntry(configuration.ledger, stack);
  const where =
    options.dir === undefined ? location(await contractOn("s3", configuration, stack, process.env)) : undefined;
  const { serial, from } = await withObjectStore(configuration, stack, options.dir, (store, stateKey) =>
    restore({
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
    }),
  );
  if (options.json === true) return printJson({ ok: true, serial, from });
  print(
    `${id}: what was serial ${from} is the state again, as serial ${serial}. What was there before is in the history.\nSee what it plans: flywheel preview ${id} --live`,
  );
}

/** `flywheel blame`: which serial, who and when last changed an address. */
export async function blameCommand(
  id: string,
  address: string,
  options: StoreOptions & { readonly limit: string },
): Promise<void> {
  const { configuration, stack } = load(id);
  const found = await withObjectStore(configuration, stack, options.dir, (store, key) =>
    blame(store, key, address, positive(options.limit)),
  );
  if (found === undefined)
    throw new UserError({
      code: "unknown-address",
      what: `no version of the state of ${id} has ${address}`,
      expected: "an address as `state list` prints it",
    });
  if (options.json === true) return printJson({ ok: true, ...found });
  const { last, what } = found;
  print(
    `${address}: ${what}, serial ${last.serial ?? "?"}, ${last.at.toISOString()}${last.writer === undefined ? "" : `, by ${last.writer}`}`,
  );
}

function load(id: string): { configuration: Configuration; stack: StackInstance } {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) throw new UsageError({ code: "usage", what: "a stack is needed", expected: "its id" });
  return { configuration, stack };
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new UsageError({ code: "usage", what: `--limit is "${text}"`, expected: "a whole number from 1" });
  return number;
}
