import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { type Problem, messageOf } from "../errors";
import { backendType } from "./backends";
import { findingsOf } from "./issue";
import { isRecord } from "./kind";
import { type StackKey, stateName } from "./names";
import { parseSource } from "./source";
import { ledgerConflict, ledgerDoubleEntry, ledgerNewer, unreadable, invalidLedger } from "./refusals";

const sha256 = z.string().regex(/^([0-9a-f]{64}|new)$/, "64 hexadecimal digits, or new");

/** One block of state-ledger.yaml. */
export const ledgerEntrySchema = z.strictObject(
  {
    stack: z.string(),
    environment: z.string(),
    backend: backendType,
    location: z.string().min(1, "the place of the state"),
    lineage: z.string().min(1, "the state's lineage, or new"),
    serial: z.number().int("a whole number").min(0, "a whole number from 0"),
    sha256,
    at: z.string(),
    generation: z.number().int("a whole number").min(1, "a whole number from 1"),
    /** The place that was left, and the lock that keeps it closed. */
    sealed: z.strictObject({ location: z.string(), lock: z.string() }, "only `location` and `lock`").optional(),
    /** From version 2 on: the place that was left, whose seal is looked at no more since `at`. */
    forgotten: z.strictObject({ location: z.string(), at: z.string() }, "only `location` and `at`").optional(),
    /** From version 2 on: when everything in it was destroyed. Nothing is planned on it any more. */
    ended: z.string().optional(),
  },
  "one of stack, environment, backend, location, lineage, serial, sha256, at, generation, sealed, forgotten, ended",
);

/**
 * What this program reads and writes at most. A ledger without `version` is of version 1. What a program of version 1 does not know is
 * written with `version: 2`, which that program refuses.
 */
const ledgerVersion = 2;

/** The version that a ledger needs to hold this entry. */
export function versionFor(entry: LedgerEntry): number {
  return entry.forgotten === undefined && entry.ended === undefined ? 1 : 2;
}

const ledgerSchema = z.strictObject(
  {
    version: z.number().int("a whole number").min(1, "a whole number from 1").optional(),
    states: z.array(ledgerEntrySchema).nullable().default([]),
  },
  "only `version` and `states`",
);

/** Where a state lives, as reviewed: one block of state-ledger.yaml. */
export type LedgerEntry = z.output<typeof ledgerEntrySchema>;

/** The reviewed record of where each state lives, by state name. */
export interface Ledger {
  /** The file, existing or not. */
  readonly file: string;
  readonly entries: ReadonlyMap<string, LedgerEntry>;
}

const regenerate = (id: string) =>
  `Keep the block with the higher generation; where you can't tell: remove both, then \`flywheel register ${id} --repair\``;

/** Reads state-ledger.yaml; a file that does not exist is an empty ledger. Stacks of the default environment go by their bare name. */
export function readLedger(
  file: string,
  defaultEnvironment?: string,
): { ledger: Ledger; problems: readonly Problem[] } {
  const none = { file, entries: new Map<string, LedgerEntry>() };
  if (!existsSync(file)) return { ledger: none, problems: [] };
  try {
    return parseLedger(file, readFileSync(file, "utf8"), defaultEnvironment);
  } catch (error) {
    const why = messageOf(error);
    return { ledger: none, problems: [unreadable(file, why, "the ledger, as a file that may be read")] };
  }
}

/** Parses the text of a ledger. Conflict markers and double entries are problems that name the repair. */
export function parseLedger(
  file: string,
  text: string,
  defaultEnvironment?: string,
): { ledger: Ledger; problems: readonly Problem[] } {
  const entries = new Map<string, LedgerEntry>();
  const ledger = { file, entries };
  const marker = text.split("\n").findIndex((line) => /^(<{7}|={7}|>{7}|\|{7})( |$)/.test(line));
  if (marker >= 0) return { ledger, problems: [ledgerConflict(file, marker + 1)] };
  const { source, problems: syntax } = parseSource(file, text);
  if (syntax.length > 0) return { ledger, problems: syntax };
  const version = isRecord(source.value) ? source.value["version"] : undefined;
  if (typeof version === "number" && version > ledgerVersion) {
    const place = { file, line: source.lineOf(["version"]), key: "version" };
    return { ledger, problems: [ledgerNewer(place, version, ledgerVersion)] };
  }
  const result = ledgerSchema.safeParse(source.value ?? {});
  if (!result.success) {
    const problems = findingsOf(ledgerSchema, result.error.issues, source.value).map(
      ({ path, what, expected }): Problem =>
        invalidLedger({ file, line: source.lineOf(path), key: path.join(".") }, what, expected),
    );
    return { ledger, problems };
  }
  const problems: Problem[] = [];
  (result.data.states ?? []).forEach((entry, index) => {
    // Names that no stack has any more are history, not mistakes: a removed stack keeps its block.
    const name = `${entry.stack}-${entry.environment}`;
    if (entries.has(name)) {
      const place = { file, line: source.lineOf(["states", index]), key: name };
      const again = regenerate(entry.environment === defaultEnvironment ? entry.stack : name);
      problems.push(ledgerDoubleEntry(place, again));
    }
    entries.set(name, entry);
  });
  return { ledger, problems };
}

/** The entry of a stack's state, if it has one. */
export function ledgerEntry(ledger: Ledger, key: StackKey): LedgerEntry | undefined {
  return ledger.entries.get(stateName(key));
}
