import { type Move } from "./blocks";

/**
 * Which address of the base each address of the head comes from: its own where the base has it, else the one that head's `moved`
 * blocks lead back to. No address of the base is taken twice; what is not in the answer is new.
 */
export function origins(
  base: ReadonlySet<string>,
  head: ReadonlySet<string>,
  moves: readonly Move[],
): ReadonlyMap<string, string> {
  const origin = new Map<string, string>(
    [...head].filter((address) => base.has(address)).map((address) => [address, address]),
  );
  const taken = new Set(origin.keys());
  for (const address of [...head].sort()) {
    if (origin.has(address)) continue;
    const former = formerAddresses(address, moves).find(
      (from) => base.has(from) && !head.has(from) && !taken.has(from),
    );
    if (former === undefined) continue;
    origin.set(address, former);
    taken.add(former);
  }
  return origin;
}

/** Every address that moves lead from to `address`, nearest first: of the instance itself, or of its whole resource or module. */
function formerAddresses(address: string, moves: readonly Move[]): readonly string[] {
  const found = new Set([address]);
  for (const current of found) {
    for (const { from, to } of moves) {
      if (current === to) found.add(from);
      else if (current.startsWith(`${to}[`) || current.startsWith(`${to}.`))
        found.add(`${from}${current.slice(to.length)}`);
      // More steps than moves would be a circle that grows.
      if (found.size > moves.length + 1) return [...found].slice(1);
    }
  }
  return [...found].slice(1);
}
