import { isEmpty, isZero, same, sameSet } from "./equality";
import { settleByOwnRule } from "./ownrules";
import { type Attribute, type Block, type NestedBlock } from "./schema";
import { type Rules, below } from "./semantics";
import { UNKNOWN, Unknown, type Value, type ValueMap, elements, isMap, isWhollyKnown } from "./values";

/** What is the same everywhere in one resource while it is planned. */
interface Context {
  readonly rules: Rules;
  readonly config: ValueMap;
  /** False for a resource that is created: its plan shows as known what the recorded plans show so. docs/replay.md says what. */
  readonly exists: boolean;
}

/**
 * Plans a resource as the real providers do: what is configured stays, defaults fill what is not, what the server decides is
 * unknown on create and kept on update, and where configuration and state mean the same, the state's form stays. So a state
 * that agrees with the configuration is returned as it is. `prior` is null for a resource that does not exist.
 */
export function planResource(block: Block, rules: Rules, prior: ValueMap | null, config: ValueMap): ValueMap {
  return planBlock(block, "", config, prior ?? undefined, { rules, config, exists: prior !== null });
}

function planBlock(
  block: Block,
  path: string,
  config: ValueMap,
  prior: ValueMap | undefined,
  context: Context,
): ValueMap {
  const planned: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(block.attributes ?? {})) {
    planned[name] = planAttribute(attribute, below(path, name), config[name] ?? null, prior?.[name], context);
  }
  for (const [name, nested] of Object.entries(block.block_types ?? {})) {
    planned[name] = planNested(nested, below(path, name), config[name] ?? null, prior?.[name], context);
  }
  return planned;
}

function planAttribute(
  attribute: Attribute,
  path: string,
  config: Value,
  prior: Value | undefined,
  context: Context,
): Value {
  // Write-only values never reach a plan or a state.
  if (attribute.write_only === true) return null;
  if (context.exists && context.rules.wholeMaps && isMap(config) && !isWhollyKnown(config)) return UNKNOWN;
  if (prior === undefined) return config ?? valueOnCreate(attribute, path, context);
  const wanted = config ?? context.rules.defaults.get(path) ?? null;
  if (wanted instanceof Unknown) return wanted;
  if (wanted === null && attribute.computed === true) return prior;
  const settled = context.rules.ownRule.has(path) ? settleByOwnRule(path, wanted, prior, context.config) : wanted;
  if (means(attribute, settled, prior)) return prior;
  // An explicit false or 0 is worth showing where the state says nothing; a default one is not.
  if (isEmpty(settled) ? isZero(prior) : config === null && isZero(settled) && prior === null) return prior;
  return settled;
}

function valueOnCreate(attribute: Attribute, path: string, context: Context): Value {
  // Arguments of `random` are computed and have a default: recorded plans show them as known after apply, so that goes first.
  if (attribute.computed === true) return UNKNOWN;
  return context.rules.defaults.get(path) ?? null;
}

function means(attribute: Attribute, wanted: Value, prior: Value): boolean {
  return isSetType(attribute) ? sameSet(wanted, prior) : same(wanted, prior);
}

function isSetType(attribute: Attribute): boolean {
  return Array.isArray(attribute.type) && attribute.type[0] === "set";
}

function planNested(
  nested: NestedBlock,
  path: string,
  config: Value,
  prior: Value | undefined,
  context: Context,
): Value {
  // A dynamic block over something unknown: how many there will be is known after apply.
  if (config instanceof Unknown) return config;
  const one = (element: Value, before: Value | undefined): Value =>
    isMap(element) ? planBlock(nested.block, path, element, isMap(before) ? before : undefined, context) : element;
  if (nested.nesting_mode === "list") {
    const before = elements(prior);
    if (isEmpty(config) && context.rules.computedBlocks.has(path)) {
      if (before.length > 0) return before;
      // Part of a block that an update adds.
      if (context.exists && prior === undefined) return UNKNOWN;
    }
    return elements(config).map((element, index) => one(element, before[index]));
  }
  if (nested.nesting_mode === "set") return planSet(elements(config), elements(prior), one);
  if (nested.nesting_mode === "map") {
    if (!isMap(config)) return {};
    const before = isMap(prior) ? prior : {};
    return Object.fromEntries(Object.entries(config).map(([key, element]) => [key, one(element, before[key])]));
  }
  return config === null ? null : one(config, prior);
}

/**
 * Elements of a set have no place, only a content. A configured element is the prior one that it would be planned into
 * unchanged, and so keeps what the server filled in; an element without such a counterpart is new.
 */
function planSet(
  config: readonly Value[],
  prior: readonly Value[],
  one: (element: Value, before: Value | undefined) => Value,
): Value[] {
  const free = [...prior];
  return config.map((element) => {
    const index = free.findIndex((candidate) => same(one(element, candidate), candidate));
    const [counterpart] = index < 0 ? [] : free.splice(index, 1);
    return counterpart ?? one(element, undefined);
  });
}
