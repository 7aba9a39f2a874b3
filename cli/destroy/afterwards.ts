import { type Configuration, type StackInstance } from "../../lib/config/load";
import { type LedgerEntry } from "../../lib/config/ledger";
import { type Remains } from "./live";

/** What a destroy leaves, and somebody has to decide about. */
export interface Leftovers {
  readonly state: { readonly location: string; readonly serial: number | null };
  /** Who holds the state's lock; null where nobody does. */
  readonly lock: string | null;
  readonly ledger: { readonly file: string; readonly entry: LedgerEntry | null };
  /** Its settings file; null for a folder of HCL. */
  readonly settings: string | null;
  /** What names a folder of HCL: the file, and the key in it. Absent for any other stack. */
  readonly folder?: { readonly file: string; readonly key: string };
  /** Where organization.yaml still allows what is gone. */
  readonly allow_destroy: string | null;
  /** States that the ledger knows beside this one, and that have not ended. */
  readonly other_states: readonly string[];
}

/** Gathers what is left. */
export function leftovers(configuration: Configuration, stack: StackInstance, remains: Remains): Leftovers {
  const { ledger, organization } = configuration;
  return {
    state: { location: remains.location, serial: remains.serial ?? null },
    lock: remains.lock ?? null,
    ledger: { file: ledger.file, entry: remains.entry ?? null },
    settings: stack.folder === undefined ? stack.source.file : null,
    ...(stack.folder === undefined ? {} : { folder: { file: stack.source.file, key: stack.folder.at.join(".") } }),
    allow_destroy: organization.state.allow_destroy[stack.id] === undefined ? null : organization.source.file,
    other_states: [...ledger.entries].flatMap(([name, { ended }]) =>
      name === stack.stateName || ended !== undefined ? [] : [name],
    ),
  };
}

/** The same for an operator, with the commands. */
export function asText({ id, environment }: StackInstance, count: number, left: Leftovers): string {
  const { state, lock, ledger, settings, folder, allow_destroy: allowed, other_states: others } = left;
  const files = [settings, folder?.file, ledger.entry === null ? null : ledger.file, allowed].filter(
    (file) => file !== null && file !== undefined,
  );
  return [
    count === 0 ? `${id}: nothing was left to destroy` : `${id}: destroyed, ${count} resources are gone`,
    "",
    "What to do now:",
    folder === undefined
      ? `  settings  git rm ${settings ?? ""}`
      : `  folder    remove ${environment} from ${folder.key}.environments in ${folder.file}, or all of ${folder.key} where that was the last; the HCL is yours`,
    ...(allowed === null ? [] : [`  allowed   remove state.allow_destroy.${id} from ${allowed}: it has done its work`]),
    ledger.entry === null
      ? `  ledger    ${ledger.file} has no entry for it`
      : `  ledger    its entry in ${ledger.file} has ended: keep it, it is the record of where the history is`,
    `  commit    git commit ${files.join(" ")}`,
    "",
    "What is left:",
    `  lock      ${lock === null ? "free" : `held by ${lock}`}`,
    `  state     ${state.location} is empty${state.serial === null ? "" : `, serial ${state.serial}`}. Earlier versions and backups hold its secrets: keep them as long as backups are kept, then remove them`,
    `  bucket    ${others.length === 0 ? "no other state of the ledger is left" : `stays: the ledger knows ${others.join(", ")} as well`}`,
    "docs/retire.md has the whole of it.",
  ].join("\n");
}
