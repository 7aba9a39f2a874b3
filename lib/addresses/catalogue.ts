import { type StackName } from "../config/names";
import recorded from "./catalogue.json";
import { type InstanceAddress } from "./instance-address";

/** A resource that a stack has with some settings. In addresses, `*` stands for a name that settings give. */
export interface CataloguedResource {
  readonly address: string;
  /** It is synthesized with prevent_destroy. */
  readonly data?: true;
  /** Addresses that state may know it under. */
  readonly former?: readonly string[];
}

/**
 * What each stack can have, whatever its settings: recorded from the program, and compared with it by a test, which says how to record it
 * anew. With it, a resource that settings turned off is told from one that nobody knows.
 */
export const catalogue: Readonly<Record<StackName, readonly CataloguedResource[]>> = recorded as Record<
  StackName,
  readonly CataloguedResource[]
>;

/** The resource that `address` is or was with some settings of the stack; undefined where this program never had it. */
export function catalogued(stack: StackName, address: InstanceAddress): CataloguedResource | undefined {
  // An engine takes `[0]` for what has no count any more; a keyed resource's former address may be written without keys.
  const texts = [address.text, address.withoutOwnKey];
  return catalogue[stack].find((entry) =>
    [entry.address, ...(entry.former ?? [])].some((pattern) => texts.some((text) => matches(pattern, text))),
  );
}

/** In a pattern, `["*"]` is any key and another `*` is the part of a name that settings give. */
function matches(pattern: string, text: string): boolean {
  if (!pattern.includes("*")) return pattern === text;
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace('"*"', String.raw`"(?:[^"\\]|\\.)*"`)
    .replace(/(?<=\w)\*(?!")/g, String.raw`[\w-]+`);
  return new RegExp(`^${source}$`).test(text);
}
