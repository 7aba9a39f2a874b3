import { type TerraformStack } from "cdktf";
import { type Problem } from "../errors";
import { parseAddress } from "../addresses/instance-address";
import { releaseOfMoved, releaseOfNoAddress, releaseOfOwn } from "./refusals";

/**
 * What state knows under these addresses is forgotten by the next apply and not destroyed. Engines refuse instance keys in a
 * `removed` block, so every instance of a resource is forgotten with the one that is named; what a `moved` block takes elsewhere is not
 * (measured: Terraform 1.11.4, OpenTofu 1.12.6).
 */
export function release(stack: TerraformStack, addresses: readonly string[]): void {
  const resources = new Set(addresses.flatMap((address) => parseAddress(address)?.resource ?? []));
  if (resources.size === 0) return;
  stack.addOverride(
    "removed",
    [...resources].sort().map((from) => ({ from, lifecycle: { destroy: false } })),
  );
}

interface ReleasedContext {
  readonly id: string;
  readonly organizationFile: string;
  /** The stack's own resources. */
  readonly own: readonly string[];
  /** Its `moved` blocks. */
  readonly moves: readonly { readonly from: string; readonly to: string }[];
}

/** What is wrong with a stack's `state.release`: an entry that is no address, or one of what the program itself has. */
export function releaseProblems(
  addresses: readonly string[],
  { id, organizationFile, own, moves }: ReleasedContext,
): readonly Problem[] {
  return addresses.flatMap((text): readonly Problem[] => {
    const address = parseAddress(text);
    if (address === undefined) return [releaseOfNoAddress(organizationFile, id, text)];
    if (own.includes(address.resource)) return [releaseOfOwn(organizationFile, id, address.resource)];
    // A move from a whole resource takes every instance along, before anything could be forgotten.
    const move = moves.find(({ from }) => from === text || from === address.withoutOwnKey);
    if (move === undefined) return [];
    return [releaseOfMoved(organizationFile, id, text, move.to)];
  });
}
