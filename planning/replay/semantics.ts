import { readFileSync } from "node:fs";
import { join } from "node:path";

import { schemasFolder } from "./folder";
import { type Value } from "./values";

/** What a schema does not say about a type. Paths name blocks and attributes, without indexes: `spec[*].template[*].spec`. */
export interface Rules {
  /** The value of an attribute that is not set. It counts only where the block around it exists. */
  readonly defaults: ReadonlyMap<string, Value>;
  /** A change of these attributes, or of the number of these blocks, replaces the resource. */
  readonly replacing: ReadonlySet<string>;
  /** Blocks that the server fills when they are not configured. */
  readonly computedBlocks: ReadonlySet<string>;
  /** Attributes that are equal by a rule of their own. */
  readonly ownRule: ReadonlySet<string>;
  /** A map with one unknown value is unknown as a whole. */
  readonly wholeMaps: boolean;
}

/** One type in `planning/schemas/semantics.json`. */
interface RecordedRules {
  readonly maps_unknown_as_a_whole?: boolean;
  readonly defaults?: Readonly<Record<string, Value>>;
  readonly replaced_when_changed?: readonly string[];
  readonly computed_blocks?: readonly string[];
  readonly equal_by_own_rule?: readonly string[];
}

/** `random_string` has the rules of `random_password`, which was measured; both come from one definition in the provider. */
const SAME_RULES: Readonly<Record<string, string>> = { random_string: "random_password" };

const EXTRA: Readonly<Record<string, RecordedRules>> = {
  random_id: { replaced_when_changed: ["byte_length", "keepers", "prefix"] },
};

/** What holds for all types of a provider. Its types are told by how their names begin. */
interface Recorded {
  readonly types: Readonly<Record<string, RecordedRules>>;
  readonly providers: Readonly<Record<string, RecordedRules>>;
}

let recorded: Recorded | undefined;
const compiled = new Map<string, Rules>();

/** The rules of a type; a type of which nothing is recorded has none and is planned by its schema alone. */
export function rulesOf(type: string): Rules {
  const known = compiled.get(type);
  if (known !== undefined) return known;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own data file; its form is checked by the tests
  recorded ??= JSON.parse(readFileSync(join(schemasFolder, "semantics.json"), "utf8")) as Recorded;
  const [provider = ""] = type.split("_");
  const own = recorded.types[SAME_RULES[type] ?? type] ?? EXTRA[type];
  const rules = compileRules({ ...recorded.providers[provider], ...own });
  compiled.set(type, rules);
  return rules;
}

/** Rules from their recorded form, for look-ups by path. */
export function compileRules(from: RecordedRules): Rules {
  return {
    defaults: new Map(Object.entries(from.defaults ?? {})),
    replacing: new Set(from.replaced_when_changed),
    computedBlocks: new Set(from.computed_blocks),
    ownRule: new Set(from.equal_by_own_rule),
    wholeMaps: from.maps_unknown_as_a_whole === true,
  };
}

/** The path of an attribute or block below another block. */
export function below(path: string, name: string): string {
  return path === "" ? name : `${path}[*].${name}`;
}
