import { z } from "zod";
import { movableBackend } from "../../lib/config/backends";
import { type LedgerEntry } from "../../lib/config/ledger";
import { type Problem } from "../../lib/errors";
import { StoreConflict, type ObjectStore } from "../stores/object-store";
import { parsedJson } from "../../lib/json";
import { olderCheckout, generationUnreadable } from "./refusals";

const schema = z.object({
  generation: z.number().int().min(1),
  backend: movableBackend,
  location: z.string(),
  at: z.string(),
});

/** How often a state was moved, and where to, kept beside the state: git can go backwards, this does not. */
export type Generation = z.output<typeof schema>;

export const generationSuffix = ".generation";

/** The generation of a state, or undefined where it was never moved. @throws UserError for an object that is none. */
export async function readGeneration(store: ObjectStore, stateKey: string): Promise<Generation | undefined> {
  return (await load(store, stateKey))?.generation;
}

/** Raises the generation; one that is there already, or a higher one, stays. Returns what is there afterwards. */
export async function raiseGeneration(store: ObjectStore, stateKey: string, next: Generation): Promise<Generation> {
  const key = stateKey + generationSuffix;
  for (;;) {
    const known = await load(store, stateKey);
    if (known !== undefined && known.generation.generation >= next.generation) return known.generation;
    const bytes = Buffer.from(`${JSON.stringify(next)}\n`);
    try {
      if (known === undefined) await store.create(key, bytes);
      else await store.replace(key, bytes, known.version);
      return next;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** The problem of a checkout that is older than the last cutover; undefined where it is not. */
export function staleCheckout(
  name: string,
  ledgerFile: string,
  entry: LedgerEntry | undefined,
  known: Generation | undefined,
): Problem | undefined {
  if (known === undefined || (entry?.generation ?? 0) >= known.generation) return undefined;
  return olderCheckout(name, known, { file: ledgerFile, entry });
}

async function load(
  store: ObjectStore,
  stateKey: string,
): Promise<{ generation: Generation; version: string } | undefined> {
  const key = stateKey + generationSuffix;
  const stored = await store.read(key);
  if (stored === undefined) return undefined;
  return { generation: parseGeneration(stored.bytes, `${key} in ${store.description}`), version: stored.version };
}

/** The generation in the bytes of such an object. `place` is for messages. @throws UserError for an object that is none. */
export function parseGeneration(bytes: Buffer, place: string): Generation {
  const parsed = schema.safeParse(parsedJson(bytes));
  if (parsed.success) return parsed.data;
  throw generationUnreadable(place);
}
