import { type StackName } from "../config/names";
import recorded from "./catalogue.json";
import { type InstanceAddress, parseAddress } from "./instance-address";

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
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own recorded file, which a test compares with the program
export const catalogue = recorded as Readonly<Record<StackName, readonly CataloguedResource[]>>;

/** The resource that `address` is or was with some settings of the stack; undefined where this program never had it. */
export function catalogued(stack: StackName, address: InstanceAddress): CataloguedResource | undefined {
  // An engine takes `[0]` for what has no count any more; a keyed resource's former address may be written without keys.
  const texts = [address.text, address.withoutOwnKey];
  return catalogue[stack].find((entry) =>
    [entry.address, ...(entry.former ?? [])].some((pattern) => texts.some((text) => matches(pattern, text))),
  );
}

/**
 * Names the thing that an address means, whatever it was called when: two addresses of a stack that moved blocks connect have the same
 * identity. The address itself where this program never had it.
 */
export function identityOf(stack: StackName, address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return address;
  for (const entry of catalogue[stack]) {
    for (const pattern of [entry.address, ...(entry.former ?? [])]) {
      const whole = parts(pattern, parsed.text);
      if (whole !== undefined) return [entry.address, ...whole].join(" ");
      const keyless = parts(pattern, parsed.withoutOwnKey);
      const ownKey = parsed.key === undefined || parsed.key === "0" ? [] : [parsed.key];
      if (keyless !== undefined) return [entry.address, ...keyless, ...ownKey].join(" ");
    }
  }
  return address;
}

function matches(pattern: string, text: string): boolean {
  return parts(pattern, text) !== undefined;
}

/**
 * What stands for the stars of a pattern, where a text matches it. `["*"]` is any key, and another `*` is the part of a name that settings
 * give.
 */
function parts(pattern: string, text: string): readonly string[] | undefined {
  if (!pattern.includes("*")) return pattern === text ? [] : undefined;
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace('"*"', String.raw`("(?:[^"\\]|\\.)*")`)
    .replace(/(?<=\w)\*(?!")/g, String.raw`([\w-]+)`);
  return new RegExp(`^${source}$`).exec(text)?.slice(1);
}
