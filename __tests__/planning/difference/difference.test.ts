import { difference } from "../../../planning/difference/difference";
import { linesOf } from "../../../planning/difference/lines";
import { asIs, plan, side, stack } from "./support";

const compared = (before: Parameters<typeof stack>, after: Parameters<typeof stack>) => {
  const [only] = difference(side(stack(...before)), side(stack(...after)), asIs).stacks;
  if (only === undefined) throw new Error("one stack was compared");
  return only;
};

test("resources are added, changed and removed by address", () => {
  const { status, summary, resources } = compared(
    [[{ address: "t.same" }, { address: "t.changed", after: { n: 1 } }, { address: "t.gone" }]],
    [[{ address: "t.same" }, { address: "t.changed", after: { n: 2 } }, { address: "t.new" }]],
  );
  expect(status).toBe("changed");
  expect(summary).toEqual({ add: 1, change: 1, remove: 1, moved: 0, other: 0 });
  expect(resources.map(({ kind, address }) => [kind, address])).toEqual([
    ["change", "t.changed"],
    ["remove", "t.gone"],
    ["add", "t.new"],
  ]);
});

describe("moved blocks of the head are followed", () => {
  const moves = (...list: readonly (readonly [string, string])[]) => ({
    moves: list.map(([from, to]) => ({ from, to })),
  });
  const moved = (from: string, to: string, rest: object) =>
    compared([[{ address: from, after: { n: 1 } }]], [[{ address: to, after: { n: 1 } }], rest]).resources;

  test.each([
    ["of one address", "t.old", "t.new", moves(["t.old", "t.new"])],
    ["over several steps", "t.a", "t.c", moves(["t.a", "t.b"], ["t.b", "t.c"])],
    ["of all instances", 't.old["x"]', 't.new["x"]', moves(["t.old", "t.new"])],
    ["of a module", "module.m.t.x", "module.n.t.x", moves(["module.m", "module.n"])],
    ["from an index", "t.x[0]", "t.x", moves(["t.x[0]", "t.x"])],
  ])("%s", (_name, from, to, rest) => {
    expect(moved(from, to, rest)).toEqual([{ address: to, kind: "moved", previousAddress: from, attributes: [] }]);
  });

  test("what moves and changes is both", () => {
    const { summary } = compared(
      [[{ address: "t.old", after: { n: 1 } }]],
      [[{ address: "t.new", after: { n: 2 } }], moves(["t.old", "t.new"])],
    );
    expect(summary).toMatchObject({ add: 0, change: 1, remove: 0, moved: 1 });
  });

  test("a circle ends, and a source that stays is not taken", () => {
    const { resources } = compared(
      [[{ address: "t.a" }]],
      [[{ address: "t.a" }, { address: "t.b" }], moves(["t.a", "t.b"], ["t.b", "t.a"], ["t.b", "t.b[0]"])],
    );
    expect(resources.map(({ kind, address }) => [kind, address])).toEqual([["add", "t.b"]]);
  });

  test("without them it is another resource", () => {
    expect(compared([[{ address: "t.old" }]], [[{ address: "t.new" }]]).summary).toMatchObject({
      add: 1,
      remove: 1,
      moved: 0,
    });
  });
});

test("a stack is new or gone as a whole, told by stack and environment", () => {
  const { stacks } = difference(
    side(stack([{ address: "t.a" }])),
    side(stack([{ address: "t.a" }], { id: "attic-prod", environment: "prod" })),
    asIs,
  );
  expect(stacks.map(({ id, status, summary }) => [id, status, summary.add, summary.remove])).toEqual([
    ["attic-prod", "added", 1, 0],
    ["attic", "removed", 0, 1],
  ]);
});

test("the default environment may change: a stack is the same under another id", () => {
  const [only] = difference(
    side(stack([{ address: "t.a" }])),
    side(stack([{ address: "t.a" }], { id: "attic-dev" })),
    asIs,
  ).stacks;
  expect(only).toMatchObject({ id: "attic-dev", previousId: "attic", status: "changed", resources: [] });
});

test("a state that moves is told with both places", () => {
  const state = { backend: "s3", location: "s3://tofu-state/attic/terraform.tfstate" };
  const only = compared([[]], [[], { state }]);
  expect(only).toMatchObject({ status: "changed", state: { moves: true, after: state } });
  expect(linesOf(only)).toEqual([
    {
      mark: "~",
      text: "state: http https://state.example.org/state/attic-dev -> s3 s3://tofu-state/attic/terraform.tfstate",
    },
  ]);
});

test("providers, outputs, and what may be destroyed or is forgotten are told beside the resources", () => {
  const provider = (context: string) => ({
    configuration: {
      provider_config: { kubernetes: { expressions: { config_context: { constant_value: context } } } },
    },
  });
  const only = compared(
    [
      [],
      {
        plan: plan([], {
          ...provider("honey"),
          output_changes: { url: { after: "a", after_unknown: false, after_sensitive: false } },
        }),
      },
    ],
    [
      [],
      {
        plan: plan([], {
          ...provider("other"),
          output_changes: { url: { after: "b", after_unknown: false, after_sensitive: false } },
        }),
        allowDestroy: ["t.data"],
        releases: ["t.former"],
      },
    ],
  );
  expect(only.summary).toEqual({ add: 0, change: 0, remove: 0, moved: 0, other: 4 });
  expect(linesOf(only).map(({ mark, text }) => `${mark} ${text}`)).toEqual([
    "+ forgotten, not destroyed: t.former",
    "+ may be destroyed: t.data",
    "~ output url",
    '      value: "a" -> "b"',
    "~ provider kubernetes",
    '      config_context.constant_value: "honey" -> "other"',
  ]);
});

test("a value cannot write over what stands around it", () => {
  const only = compared(
    [[{ address: "t.a", after: { x: "a" } }]],
    [[{ address: "t.a", after: { x: "\u001b[2Kb\u202e" } }]],
  );
  // eslint-disable-next-line no-control-regex -- they are what is meant
  expect(JSON.stringify(linesOf(only).map(({ text }) => text))).not.toMatch(/[\u0000-\u001f\u202e]/);
});
