import { isZero, same, sameSet } from "./equality";
import { type Block, type NestedBlock } from "./schema";
import { type Rules, below } from "./semantics";
import { Unknown, type Value, type ValueMap, dynamicContent, elements, isMap } from "./values";

/** A step into a value: an attribute by its name, or an element of a list by its index. */
type Step = string | number;
export type Path = readonly Step[];

/**
 * The paths whose change makes the engine replace the resource. A change to something unknown counts as one, as in the real
 * providers: what comes out may differ.
 */
export function replacementPaths(block: Block, rules: Rules, prior: ValueMap, planned: ValueMap): Path[] {
  const found: Path[] = [];
  if (rules.replacing.size === 0) return found;
  walkBlock(block, rules, "", [], prior, planned, found);
  for (const path of rules.replacing) {
    if (path.startsWith("manifest.")) walkDynamic(path.split("."), prior, planned, found);
  }
  return found;
}

function walkBlock(
  block: Block,
  rules: Rules,
  path: string,
  at: Path,
  prior: ValueMap,
  planned: ValueMap,
  found: Path[],
): void {
  for (const [name, attribute] of Object.entries(block.attributes ?? {})) {
    if (!rules.replacing.has(below(path, name))) continue;
    const before = prior[name] ?? null;
    const after = planned[name] ?? null;
    const equal =
      Array.isArray(attribute.type) && attribute.type[0] === "set" ? sameSet(before, after) : same(before, after);
    if (!equal && !(isZero(before) && isZero(after))) found.push([...at, name]);
  }
  for (const [name, nested] of Object.entries(block.block_types ?? {})) {
    walkNested(nested, rules, below(path, name), [...at, name], prior[name] ?? null, planned[name] ?? null, found);
  }
}

function walkNested(
  nested: NestedBlock,
  rules: Rules,
  path: string,
  at: Path,
  prior: Value,
  planned: Value,
  found: Path[],
): void {
  if (nested.nesting_mode === "single") {
    if (isMap(prior) || isMap(planned)) walkBlock(nested.block, rules, path, at, mapOf(prior), mapOf(planned), found);
    return;
  }
  const before = elements(prior);
  const after = elements(planned);
  if (rules.replacing.has(path) && (planned instanceof Unknown || before.length !== after.length)) found.push(at);
  if (nested.nesting_mode === "set") return walkSet(nested, rules, path, at, before, after, found);
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const element = after[index];
    // A new element's own unknowns are not a change of something that was there.
    const next = before[index] === undefined ? withoutUnknown(mapOf(element)) : mapOf(element);
    walkBlock(nested.block, rules, path, [...at, index], mapOf(before[index]), next, found);
  }
}

/** An element of a set cannot be pointed at: a replacing change in one is a replacing change of the set. */
function walkSet(
  nested: NestedBlock,
  rules: Rules,
  path: string,
  at: Path,
  prior: readonly Value[],
  planned: readonly Value[],
  found: Path[],
): void {
  const inside: Path[] = [];
  const added = planned.filter((element) => !prior.some((other) => same(element, other)));
  const removed = prior.filter((element) => !planned.some((other) => same(element, other)));
  for (let index = 0; index < Math.max(added.length, removed.length); index++) {
    walkBlock(nested.block, rules, path, at, mapOf(removed[index]), withoutUnknown(mapOf(added[index])), inside);
  }
  if (inside.length > 0) found.push(at);
}

function walkDynamic(names: readonly string[], prior: ValueMap, planned: ValueMap, found: Path[]): void {
  const read = (from: ValueMap): Value =>
    names.reduce<Value>((value, name) => {
      const content = dynamicContent(value);
      return content instanceof Unknown ? content : (mapOf(content)[name] ?? null);
    }, from);
  const before = read(prior);
  const after = read(planned);
  if (after instanceof Unknown) found.push(names.slice(0, 1));
  else if (!same(before, after)) found.push(names);
}

function mapOf(value: Value | undefined): ValueMap {
  return isMap(value) ? value : {};
}

function withoutUnknown(map: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => !(value instanceof Unknown)));
}
