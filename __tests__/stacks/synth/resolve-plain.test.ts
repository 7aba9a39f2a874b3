import { Fn, Lazy, TerraformStack, Token, Tokenization } from "cdktf";
import { DefaultTokenResolver, StringConcat } from "cdktf/lib/tokens";
import * as fc from "fast-check";
import { SingleStacks } from "../../../lib/constructs/render-stack";
import { resolvePlain } from "../../../lib/constructs/resolve-plain";

const stack = new TerraformStack(new SingleStacks({ outdir: "unused" }), "one");
const resolver = new DefaultTokenResolver(new StringConcat());
const byCdktf = (value: unknown): unknown =>
  Tokenization.resolve(value, { scope: stack, preparing: true, resolver }) as unknown; // typed as any there
const outcome = (work: () => unknown) => {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error instanceof Error ? error.message.slice(0, 20) : error };
  }
};

const token = "${local.a}";
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    NaN,
    -123456789,
    "String Map Token Value",
    "Any Map Token Value",
    "1.5e+300",
    "a-e5",
    "$${x} %%{if} }",
    '"\\n',
    Token.asString(token),
    `before ${Token.asString(token)} "after" $\{x}`,
    Token.asNumber(token),
    Token.asList(token),
    Token.asStringMap(token),
    Token.asAny(token),
    Fn.join("-", ["a", Token.asString(token)]),
    Lazy.anyValue({ produce: () => ({ lazy: [undefined, Token.asString(token)] }) }),
    () => "a function",
    stack,
  ),
  fc.string(),
  fc.double(),
  fc.integer(),
);
const key = fc.oneof(
  fc.string().filter((text) => text !== "__proto__" && text !== "resolve"),
  fc.constantFrom("a", `key-${Token.asString(token)}`),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test("whatever it is given, it makes of it what cdktf makes of it", () => {
  fc.assert(
    fc.property(tree, (value) => {
      expect(outcome(() => resolvePlain(value, byCdktf))).toEqual(outcome(() => byCdktf(value)));
    }),
    { numRuns: 500 },
  );
});

test("a cycle is refused in cdktf's words", () => {
  const cycle: { inner?: unknown } = {};
  cycle.inner = cycle;
  expect(() => resolvePlain(cycle, byCdktf)).toThrow(/circular/i);
});
