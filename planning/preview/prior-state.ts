import { existsSync, readFileSync } from "node:fs";
import { notAState } from "../refusals";

/** A state that a plan starts from. */
export interface PriorState {
  /** The file that holds it. */
  readonly file: string;
  /** How reports call it: `the state in old.tfstate`, `the live state`. */
  readonly name: string;
  /** Where it lives, where that is more than the file. */
  readonly place?: string;
}

/** What a plan was made on, as reports and `--json` say it. */
export interface PlannedOn {
  readonly name: string;
  readonly serial: number;
  readonly place?: string;
}

/** `on the live state, serial 41`. A plan without a state makes everything anew, which has to be said. */
export function plannedOnText(on: PlannedOn | undefined): string {
  return on === undefined ? "from no state: everything is new" : `on ${on.name}, serial ${on.serial}`;
}

/** As plannedOnText, and where that state lives. */
export function plannedOnWhere(on: PlannedOn | undefined): string {
  return on?.place === undefined ? plannedOnText(on) : `${plannedOnText(on)}, at ${on.place}`;
}

/** The text of a state file. @throws UserError for anything else. */
export function readPriorState(file: string): { readonly text: string; readonly serial: number } {
  if (!existsSync(file)) throw notAState(file, "there is no such file");
  const text = readFileSync(file, "utf8");
  const { version, serial } = parsed(text, file);
  if (version !== 4) throw notAState(file, `its version is ${String(version)}`);
  return { text, serial: typeof serial === "number" ? serial : 0 };
}

function parsed(text: string, file: string): { readonly version?: unknown; readonly serial?: unknown } {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state === "object" && state !== null) return state;
  } catch {
    // told below
  }
  throw notAState(file, "it is not JSON");
}
