import fc from "fast-check";
import { serialsIn, withSerial } from "../../../authority/state/serial-bytes";
import { summarizeState } from "../../../authority/state/state-summary";

/** JSON text as other programs write it: numbers that no double holds, any white space, any text, keys that look like others. */
const space = fc.constantFrom("", " ", "\n", "\t", "\r\n  ");
const number = fc.constantFrom("7227701560655103598", "1.0", "1e400", "-0", "0.10", "1E+2", "12345678901234567890.5");
const text = fc.oneof(
  fc.string({ unit: "binary" }).map((value) => JSON.stringify(value)),
  fc.constantFrom('"serial"', '"\\"serial\\":1"', '"\\u0073erial"', '"}"', '"é☃𝄞"', '"\\\\"'),
);
const { value } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, number, text, fc.constantFrom("null", "true"), tie("object"), tie("array")),
  object: fc
    .array(fc.tuple(fc.oneof(text, fc.constant('"serial"')), space, tie("value"), space), { maxLength: 3 })
    .map(
      (entries) =>
        `{${entries.map(([key, before, content, after]) => `${before}${key}${after}:${before}${content}`).join(",")}}`,
    ),
  array: fc.array(tie("value"), { maxLength: 3 }).map((values) => `[${values.join(",")}]`),
}));
const otherKey = text.filter((key) => !["serial", "version", "lineage", "encrypted_data"].includes(JSON.parse(key)));

/** The text of a state before and after its serial. */
const state = fc
  .tuple(fc.array(fc.tuple(otherKey, value)), fc.array(fc.tuple(otherKey, value)), space, space)
  .map(([before, after, one, two]) => {
    const pairs = (list: readonly (readonly [string, string])[]) =>
      list.map(([key, content]) => `${key}${one}:${two}${content}`);
    const head = ['"version":4', '"lineage":"line"', ...pairs(before)].join(`,${two}`);
    return [
      `${one}{${head},${one}"serial"${two}:${one}`,
      `${[two, ...pairs(after)].join(`${one},`)}${two}}${one}`,
    ] as const;
  });

it("changes the bytes of the top-level serial, and no others", () => {
  fc.assert(
    fc.property(state, fc.nat(), fc.nat(), ([head, tail], before, after) => {
      const bytes = Buffer.from(`${head}${before}${tail}`);
      expect(withSerial(bytes, after)).toEqual(Buffer.from(`${head}${after}${tail}`));
      expect(summarizeState(withSerial(bytes, after))).toMatchObject({ serial: after, lineage: "line" });
    }),
  );
});

it("finds a serial that stands twice, or under an escaped name, and none in what is nested", () => {
  expect(serialsIn(Buffer.from('{"serial":1,"a":{"serial":2},"\\u0073erial":3}'))).toHaveLength(2);
  expect(serialsIn(Buffer.from('{"a":[{"serial":2}],"b":"serial"}'))).toHaveLength(0);
  expect(() => withSerial(Buffer.from('{"serial":1,"serial":2}'), 3)).toThrow(RangeError);
});

it.each(["Serial", "LINEAGE", "\u017ferial"])("no state has a key that the engines take for another: %s", (key) => {
  const text = JSON.stringify({ version: 4, serial: 50, lineage: "a", [key]: 1 });
  expect(summarizeState(Buffer.from(text))).toMatch(/to the engines/);
});
