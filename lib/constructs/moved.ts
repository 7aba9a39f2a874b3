import { type TerraformResource, TerraformStack } from "cdktf";
import { addressOf } from "./address";

const moves = new WeakMap<TerraformStack, { from: string; to: string }[]>();

/**
 * State that is known under a `former` address is this resource's: the plan moves it and creates or destroys nothing.
 * cdktf's own `moveFromId` takes one source and overwrites the last; engines take several, and sources that never existed.
 */
export function movedFrom(resource: TerraformResource, ...former: readonly string[]): void {
  const stack = TerraformStack.of(resource);
  const to = addressOf(resource);
  const list = moves.get(stack) ?? [];
  // A move from an address to itself is an error in both engines ("redundant move").
  list.push(...former.filter((from) => from !== to).map((from) => ({ from, to })));
  moves.set(stack, list);
  stack.addOverride("moved", list);
}

/** The stack's moves so far. */
export function movesOf(stack: TerraformStack): readonly { readonly from: string; readonly to: string }[] {
  return moves.get(stack) ?? [];
}
