import { distance } from "fastest-levenshtein";

/** The candidate that `name` was most likely meant to be, or undefined where none is near (a third of its letters). */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    // Two names differ by at least what their lengths do.
    if (Math.abs(name.length - candidate.length) >= bestDistance) continue;
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** `one of a, b, c; did you mean "b"?`: what to expect in place of a name that is not known. */
export function expectOneOf(kind: string, name: string, candidates: readonly string[]): string {
  const guess = nearest(name, candidates);
  return guess === undefined ? kind : `${kind}; did you mean "${guess}"?`;
}
