/** A line that only one of two texts has, or one of both that stands before such lines. */
interface LineChange {
  readonly mark: "+" | "-" | " ";
  readonly text: string;
}

/** More pairs of lines than this are compared as one block, from the first difference to the last. */
const mostPairs = 4_000_000;

/**
 * What differs between two texts, line by line, by their longest common subsequence: every line that only one of them has, in order,
 * removed before added, and before each group the line that both have there.
 */
export function lineChanges(before: readonly string[], after: readonly string[]): readonly LineChange[] {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const [one, other] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const kept = one.length * other.length <= mostPairs ? common(one, other) : [];
  const changes: LineChange[] = [];
  let [at, to] = [0, 0];
  let previous = before[start - 1];
  for (const [a, b] of [...kept, [one.length, other.length] as const]) {
    if (a > at || b > to) {
      if (previous !== undefined) changes.push({ mark: " ", text: previous });
      changes.push(...one.slice(at, a).map((text) => ({ mark: "-" as const, text })));
      changes.push(...other.slice(to, b).map((text) => ({ mark: "+" as const, text })));
    }
    previous = one[a];
    [at, to] = [a + 1, b + 1];
  }
  return changes;
}

/** The indices of a longest common subsequence. */
function common(one: readonly string[], other: readonly string[]): readonly (readonly [number, number])[] {
  const width = other.length + 1;
  // How long the longest one is from here on, for every pair of places.
  const lengths = new Uint32Array((one.length + 1) * width);
  const length = (a: number, b: number) => lengths[a * width + b] ?? 0;
  for (let a = one.length - 1; a >= 0; a--)
    for (let b = other.length - 1; b >= 0; b--)
      lengths[a * width + b] =
        one[a] === other[b] ? length(a + 1, b + 1) + 1 : Math.max(length(a + 1, b), length(a, b + 1));
  const pairs: (readonly [number, number])[] = [];
  let [a, b] = [0, 0];
  while (a < one.length && b < other.length) {
    if (one[a] === other[b]) pairs.push([a++, b++]);
    else if (length(a + 1, b) >= length(a, b + 1)) a++;
    else b++;
  }
  return pairs;
}
