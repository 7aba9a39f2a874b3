import * as fc from "fast-check";

import { fillUnknown } from "../../../planning/replay/apply";
import { conformState } from "../../../planning/replay/conform";
import { planResource } from "../../../planning/replay/plan";
import { sameQuantity } from "../../../planning/replay/quantities";
import { randomText } from "../../../planning/replay/random";
import { replacementPaths } from "../../../planning/replay/replace";
import { type Block } from "../../../planning/replay/schema";
import { compileRules, rulesOf } from "../../../planning/replay/semantics";
import { UNKNOWN, Unknown, type Value, type ValueMap, decodeValue, encodeValue } from "../../../planning/replay/values";
import { Fields, Writer } from "../../../planning/replay/wire";

const BLOCK: Block = {
  attributes: {
    id: { type: "string", computed: true },
    name: { type: "string", required: true },
    size: { type: "string", optional: true },
    note: { type: "string", optional: true },
    count: { type: "number", optional: true },
    on: { type: "bool", optional: true },
    tags: { type: ["map", "string"], optional: true },
    zones: { type: ["set", "string"], optional: true },
    token: { type: "string", optional: true, write_only: true },
  },
  block_types: {
    disk: {
      nesting_mode: "list",
      block: {
        attributes: { limits: { type: ["map", "string"], optional: true }, mode: { type: "string", optional: true } },
      },
    },
    rule: {
      nesting_mode: "set",
      block: { attributes: { port: { type: "number", required: true }, uid: { type: "string", computed: true } } },
    },
    filled: { nesting_mode: "list", block: { attributes: { kind: { type: "string", optional: true } } } },
    timeouts: { nesting_mode: "single", block: { attributes: { create: { type: "string", optional: true } } } },
  },
};
const RULES = compileRules({
  defaults: { count: 3, on: false, "disk[*].mode": "rw" },
  replaced_when_changed: ["name", "disk", "rule[*].port", "disk[*].mode"],
  computed_blocks: ["filled"],
  equal_by_own_rule: ["disk[*].limits"],
});
const NOTHING: ValueMap = conformState(BLOCK, {});
const configOf = (given: ValueMap): ValueMap => conformState(BLOCK, { name: "a", ...given });
const plan = (prior: ValueMap | null, given: ValueMap): ValueMap =>
  planResource(BLOCK, RULES, prior, { ...configOf(given), ...unknownIn(given) });
const unknownIn = (given: ValueMap): ValueMap =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value instanceof Unknown));
const apply = (planned: ValueMap): ValueMap =>
  fillUnknown(BLOCK, planned, ({ name }) => (name === "uid" || name === "id" ? `made-${name}` : undefined));

describe("a plan", () => {
  it("keeps what is set, fills defaults where their block is, and leaves the server's part unknown", () => {
    expect(plan(null, { note: "n" })).toMatchObject({ id: UNKNOWN, name: "a", note: "n", count: 3, disk: [] });
    expect(plan(null, { disk: [{}] })).toMatchObject({ disk: [{ mode: "rw" }] });
  });

  it("never carries a write-only value", () => {
    expect(plan(null, { token: "secret" })["token"]).toBeNull();
  });

  it.each<[string, ValueMap, ValueMap]>([
    ["null and empty", { note: "", tags: {}, zones: [], on: false }, {}],
    ["a set in another order", { zones: ["a", "b"] }, { zones: ["b", "a"] }],
    [
      "equal quantities",
      { disk: [{ limits: { cpu: "1", memory: "1Gi" }, mode: "rw" }] },
      { disk: [{ limits: { cpu: "1000m", memory: "1024Mi" } }] },
    ],
    ["blocks that the server fills", { filled: [{ kind: "x" }] }, {}],
    ["null beside a default that says nothing", { on: null }, {}],
  ])("finds no change in %s", (_, stored, given) => {
    const prior = { ...configOf({ count: 3, ...stored }), id: "1" };
    expect(plan(prior, given)).toEqual(prior);
  });

  it("shows what was removed, and the return of a default", () => {
    expect(plan({ ...configOf({ note: "n", count: 5 }), id: "1" }, {})).toMatchObject({
      id: "1",
      note: null,
      count: 3,
    });
  });

  it("changes only the quantity that differs", () => {
    const prior = { ...configOf({ disk: [{ limits: { cpu: "1", memory: "1Gi" }, mode: "rw" }] }), id: "1" };
    expect(plan(prior, { disk: [{ limits: { cpu: "1000m", memory: "2Gi" } }] })["disk"]).toEqual([
      { limits: { cpu: "1", memory: "2Gi" }, mode: "rw" },
    ]);
  });

  it("recognizes elements of a set by what is configured, and keeps what the server gave them", () => {
    const prior = {
      ...configOf({
        rule: [
          { port: 1, uid: "one" },
          { port: 2, uid: "two" },
        ],
      }),
      id: "1",
    };
    expect(plan(prior, { rule: [{ port: 2 }, { port: 3 }] })["rule"]).toEqual([
      { port: 2, uid: "two" },
      { port: 3, uid: UNKNOWN },
    ]);
  });

  it("leaves open, in a block that an update adds, the blocks that the server fills", () => {
    const block: Block = { block_types: { box: { nesting_mode: "list", block: BLOCK } } };
    const rules = compileRules({ computed_blocks: ["box[*].filled"], maps_unknown_as_a_whole: true });
    const box = { ...configOf({ tags: { a: "1" } }), id: "1" };
    const config = {
      box: [configOf({ tags: { a: "1" } }), configOf({}), { ...configOf({}), tags: { a: "1", b: UNKNOWN } }],
    };
    expect(planResource(block, rules, { box: [box] }, config)["box"]).toMatchObject([
      { tags: { a: "1" }, filled: [] },
      { tags: null, filled: UNKNOWN },
      { tags: UNKNOWN, filled: UNKNOWN },
    ]);
    // A plan that creates says it as the recorded plans do.
    expect(planResource(block, rules, null, config)["box"]).toMatchObject([
      {},
      {},
      { tags: { b: UNKNOWN }, filled: [] },
    ]);
  });

  it("keeps unknown what is configured as unknown, blocks included", () => {
    expect(plan(null, { note: UNKNOWN, disk: UNKNOWN })).toMatchObject({ note: UNKNOWN, disk: UNKNOWN });
    expect(plan({ ...configOf({ note: "n" }), id: "1" }, { note: UNKNOWN })["note"]).toBe(UNKNOWN);
  });
});

describe("a replacement", () => {
  const paths = (before: ValueMap, after: ValueMap) => {
    const prior = { ...configOf({ count: 3, ...before }), id: "1" };
    return replacementPaths(BLOCK, RULES, prior, plan(prior, after));
  };
  it("is asked for by path", () => {
    expect(paths({}, { name: "b" })).toEqual([["name"]]);
    expect(paths({}, { name: UNKNOWN })).toEqual([["name"]]);
    expect(paths({}, { note: "n" })).toEqual([]);
  });
  it("follows blocks: their number, their attributes, and a set as a whole", () => {
    expect(paths({ disk: [] }, { disk: [{ limits: { cpu: "1" }, mode: "" }] })).toEqual([["disk"]]);
    expect(paths({ disk: [{ mode: "rw" }] }, { disk: [{ mode: "ro" }] })).toEqual([["disk", 0, "mode"]]);
    expect(paths({ rule: [{ port: 1, uid: "x" }] }, { rule: [{ port: 2 }] })).toEqual([["rule"]]);
  });
  it("is asked for by a changed manifest's kind or name", () => {
    const block: Block = { attributes: { manifest: { type: "dynamic", required: true } } };
    const of = (kind: string): ValueMap => ({
      manifest: [Buffer.from('"dynamic"'), { apiVersion: "v1", kind, metadata: { name: "a" } }],
    });
    expect(replacementPaths(block, rulesOf("kubernetes_manifest"), of("A"), of("B"))).toEqual([["manifest", "kind"]]);
    expect(replacementPaths(block, rulesOf("kubernetes_manifest"), of("A"), of("A"))).toEqual([]);
  });
});

describe("apply", () => {
  const text = fc.string({ maxLength: 4 });
  const config = fc.record(
    {
      name: text,
      size: text,
      note: text,
      count: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      on: fc.boolean(),
      tags: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), text),
      zones: fc.uniqueArray(text, { maxLength: 3 }),
      disk: fc.array(
        fc.record(
          {
            limits: fc.dictionary(fc.constantFrom("cpu", "memory"), fc.constantFrom("1", "1000m", "1Gi", "x")),
            mode: text,
          },
          { requiredKeys: [] },
        ),
        { maxLength: 3 },
      ),
      rule: fc
        .uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 3 })
        .map((ports) => ports.map((port) => ({ port }))),
      filled: fc.array(fc.record({ kind: text }), { maxLength: 2 }),
      timeouts: fc.option(fc.record({ create: text })),
    },
    { requiredKeys: ["name"] },
  );

  it("leaves nothing to do for the same configuration, whatever it is, and whatever was there before", () => {
    fc.assert(
      fc.property(config, fc.option(config), (given, earlier) => {
        const before = earlier === null ? null : apply(plan(null, earlier));
        const state = apply(plan(before, given));
        // What the engine stores has gone over the wire.
        const stored = decodeValue(encodeValue(state)) as ValueMap;
        expect(plan(stored, given)).toEqual(stored);
        expect(replacementPaths(BLOCK, RULES, stored, plan(stored, given))).toEqual([]);
      }),
    );
  });

  it("leaves nothing unknown", () => {
    const planned = plan(null, { note: UNKNOWN, disk: UNKNOWN, tags: UNKNOWN });
    expect(apply(planned)).toEqual({
      ...NOTHING,
      id: "made-id",
      name: "a",
      note: "",
      tags: {},
      disk: [],
      count: 3,
      on: false,
    });
  });
});

describe("quantities", () => {
  it.each([
    ["1", "1000m"],
    ["1Gi", "1024Mi"],
    ["0.5", "500m"],
    ["1e3", "1k"],
    ["1.5Gi", "1536Mi"],
    ["2E", "2000P"],
    ["-1", "-1000m"],
    [".5", "500m"],
  ])("%s is %s", (a, b) => {
    expect(sameQuantity(a, b)).toBe(true);
  });
  it.each([
    ["1", "2"],
    ["1G", "1Gi"],
    ["1", "1x"],
    ["", "0"],
    ["abc", "abd"],
    ["0.1", "0.10001"],
  ])("%s is not %s", (a, b) => {
    expect(sameQuantity(a, b)).toBe(false);
  });
});

describe("values and messages", () => {
  it("pass through unchanged, with unknowns, their refinements, big numbers and dynamic values", () => {
    const values: Value[] = [
      null,
      true,
      -1,
      1.5,
      2n ** 62n,
      "1e999",
      UNKNOWN,
      new Unknown(12, Uint8Array.of(0x81, 1, 0xc2)),
      [Uint8Array.of(34), { a: [UNKNOWN] }],
    ];
    expect(decodeValue(encodeValue(values))).toEqual(values);
  });
  it("are read by field numbers; a truncated message is refused", () => {
    const message = new Writer().text(1, "a").int(2, -1).message(3, new Writer().index(3, 0)).finish();
    const fields = new Fields(message);
    expect([fields.text(1), fields.int(2), fields.message(3).int(3), fields.text(9)]).toEqual(["a", -1, 0, ""]);
    expect(() => new Fields(message.subarray(0, message.length - 1))).toThrow("truncated");
  });
});

describe("random text", () => {
  it("keeps to length, sets and least numbers", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.nat(4), fc.nat(20), fc.boolean(), (min_upper, min_special, more, lower) => {
        const length = min_upper + min_special + more;
        const text = randomText({ length, min_upper, min_special, override_special: "#", lower, numeric: true });
        expect(text).toHaveLength(length);
        expect(text.replace(/[^#]/g, "").length).toBeGreaterThanOrEqual(min_special);
        expect(text.replace(/[^A-Z]/g, "").length).toBeGreaterThanOrEqual(min_upper);
        expect(text).toMatch(lower ? /^[A-Za-z0-9#]*$/ : /^[A-Z0-9#]*$/);
      }),
    );
  });
});
