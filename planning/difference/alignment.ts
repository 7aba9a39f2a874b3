import { canonical, isTreeRecord, type Tree } from "./tree";

/** What stands for the same thing on both sides; the label is its name, or its index on the side that has it. */
interface Pair {
  readonly label: string;
  readonly before: Tree;
  readonly after: Tree;
}

interface Alignment {
  readonly pairs: readonly Pair[];
  /** The names in their order, where only that differs. */
  readonly order?: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/**
 * Finds which items of two lists belong together, so that one inserted item is one difference and not a shift of all that follow:
 * by name where every item has one of its own, else by what is equal at both ends.
 */
export function align(before: readonly Tree[], after: readonly Tree[]): Alignment {
  const [one, other] = [named(before), named(after)];
  // One thing with another name is what became of it: metadata of an object that is renamed.
  const isRenamed = before.length === 1 && after.length === 1;
  if (one !== undefined && other !== undefined && (!isRenamed || sameKeys(one, other))) return byName(one, other);
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && canonical(before[start]) === canonical(after[start])) start++;
  let end = 0;
  while (
    end < shortest - start &&
    canonical(before[before.length - 1 - end]) === canonical(after[after.length - 1 - end])
  )
    end++;
  const middle = Math.max(before.length, after.length) - start - end;
  const pairs = Array.from({ length: middle }, (_, offset): Pair => {
    const index = start + offset;
    return {
      label: String(index),
      before: index < before.length - end ? before[index] : undefined,
      after: index < after.length - end ? after[index] : undefined,
    };
  });
  return { pairs };
}

function byName(before: ReadonlyMap<string, Tree>, after: ReadonlyMap<string, Tree>): Alignment {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const pairs = names.map((label): Pair => ({ label, before: before.get(label), after: after.get(label) }));
  const kept = (names: Iterable<string>, other: ReadonlyMap<string, Tree>) =>
    [...names].filter((name) => other.has(name));
  const [one, two] = [kept(before.keys(), after), kept(after.keys(), before)];
  return one.join("\n") === two.join("\n") ? { pairs } : { pairs, order: { before: one, after: two } };
}

function sameKeys(one: ReadonlyMap<string, Tree>, other: ReadonlyMap<string, Tree>): boolean {
  return [...one.keys()].join("\n") === [...other.keys()].join("\n");
}

/** The items by their names, where all have one and no two the same. */
function named(list: readonly Tree[]): ReadonlyMap<string, Tree> | undefined {
  const byName = new Map<string, Tree>();
  for (const item of list) {
    const name = isTreeRecord(item) ? item["name"] : undefined;
    if (typeof name !== "string" || byName.has(name)) return undefined;
    byName.set(name, item);
  }
  return byName.size === 0 ? undefined : byName;
}
