import { isRecord } from "../config/kind";

/** What one stack's synthesized JSON says about addresses. */
export interface Program {
  /** Its resources by address. */
  readonly own: ReadonlyMap<string, OwnResource>;
  readonly moves: readonly Move[];
  /** Resources, without instance keys, that `removed` blocks forget. */
  readonly released: readonly string[];
}

interface OwnResource {
  /** Its instances' keys, where it has several (`for_each`). */
  readonly keys?: readonly string[];
  /** It holds data: synthesized with prevent_destroy. */
  readonly data: boolean;
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/** Reads a synthesized stack (`cdk.tf.json`, parsed). */
export function programOf(synthesized: unknown): Program {
  const json = isRecord(synthesized) ? synthesized : {};
  const own = new Map<string, OwnResource>();
  for (const [type, resources] of entries(json["resource"])) {
    for (const [name, resource] of entries(resources)) {
      const { for_each: each, lifecycle } = isRecord(resource) ? resource : {};
      own.set(`${type}.${name}`, {
        ...(isRecord(each) ? { keys: Object.keys(each) } : {}),
        data: isRecord(lifecycle) && lifecycle["prevent_destroy"] === true,
      });
    }
  }
  return {
    own,
    moves: list(json["moved"]).flatMap((move) =>
      isRecord(move) ? [{ from: String(move["from"]), to: String(move["to"]) }] : [],
    ),
    released: list(json["removed"]).flatMap((removed) => (isRecord(removed) ? [String(removed["from"])] : [])),
  };
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
