import fc from "fast-check";
import { expectOneOf, nearest } from "../../../lib/config/nearest";
import { quantityValue } from "../../../lib/config/kubernetes";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z_]{4,16}$/), { minLength: 1, maxLength: 20 });

describe("the nearest name", () => {
  it("of a name with one letter wrong is at most one letter away", () => {
    fc.assert(
      fc.property(names, fc.nat(), fc.nat(), (candidates, which, where) => {
        const meant = candidates[which % candidates.length] ?? "";
        const at = where % meant.length;
        const typed = `${meant.slice(0, at)}${meant.slice(at + 1)}`;
        const guess = nearest(typed, candidates);
        expect(guess).toBeDefined();
        expect(Math.abs((guess ?? "").length - typed.length)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("is always a candidate, and a candidate itself is its own nearest", () => {
    fc.assert(
      fc.property(names, fc.string(), (candidates, typed) => {
        const guess = nearest(typed, candidates);
        if (guess !== undefined) expect(candidates).toContain(guess);
        for (const candidate of candidates) expect(nearest(candidate, candidates)).toBe(candidate);
      }),
    );
  });

  it("is none where nothing is near", () => {
    expect(nearest("zzzzzzzz", ["attic", "arc-runners"])).toBeUndefined();
    expect(expectOneOf("one of attic", "zzzzzzzz", ["attic"])).toBe("one of attic");
    expect(expectOneOf("one of attic", "atic", ["attic"])).toBe('one of attic; did you mean "attic"?');
  });
});

describe("a Kubernetes quantity", () => {
  it.each([
    ["500m", 0.5],
    ["2", 2],
    ["8Gi", 8 * 2 ** 30],
    ["1e3", 1000],
    ["1E", 1e18],
    [".5", 0.5],
  ])("%s is worth %d", (text, value) => {
    expect(quantityValue(text)).toBeCloseTo(value);
  });

  it.each(["", "8GB", "-1", "1 Gi", "Gi"])("is not %j", (text) => {
    expect(quantityValue(text)).toBeUndefined();
  });
});
