import { difference } from "../../../planning/difference/difference";
import { linesOf } from "../../../planning/difference/lines";
import { asIs, type Change, plan, planOnBase, side, stack } from "./support";

const compared = (before: Parameters<typeof stack>, after: Parameters<typeof stack>) => {
  const [only] = difference(side(stack(...before)), side(stack(...after)), asIs).stacks;
  if (only === undefined) throw new Error("one stack was compared");
  return only;
};

const planned = (changes: readonly Change[], base: Parameters<typeof stack>[0] = []) =>
  compared([base], [[], { plan: planOnBase(changes) }]);

test("what head's plan does to each resource is told, and counted once for each action", () => {
  const { status, summary, resources } = planned([
    { address: "t.same", actions: ["no-op"], before: { n: 1 }, after: { n: 1 } },
    { address: "t.changed", before: { n: 1 }, after: { n: 2 } },
    { address: "t.gone", actions: ["delete"], before: { n: 1 } },
    { address: "t.made", actions: ["create"], after: { n: 1 } },
    { address: "t.left", actions: ["forget"], before: { n: 1 } },
    { address: "t.moved", actions: ["no-op"], from: "t.old", before: { n: 1 }, after: { n: 1 } },
    { address: "t.both", from: "t.former", before: { n: 1 }, after: { n: 2 } },
    { address: "t.anew", actions: ["delete", "create"], before: { n: 1 }, after: { n: 2 }, forcedBy: [["n"]] },
  ]);
  expect(status).toBe("changed");
  expect(summary).toEqual({ add: 1, change: 2, replace: 1, destroy: 1, moved: 2, import: 0, forget: 1, other: 0 });
  expect(resources.map(({ kind, address, forcedBy }) => [kind, address, forcedBy])).toEqual([
    ["replace", "t.anew", ["n"]],
    ["change", "t.both", undefined],
    ["change", "t.changed", undefined],
    ["destroy", "t.gone", undefined],
    ["forget", "t.left", undefined],
    ["add", "t.made", undefined],
    ["moved", "t.moved", undefined],
  ]);
});

test("a replacement names what forces it, and what only an apply tells is no difference", () => {
  const only = planned(
    [
      {
        address: "t.a",
        actions: ["delete", "create"],
        before: { id: "made-1", name: "one", seen: [{ at: "noon" }] },
        after: { name: "two", seen: [{}] },
        unknown: { id: true, seen: [{ at: true }] },
        forcedBy: [["name"]],
      },
    ],
    [{ address: "t.a", after: { name: "one" }, unknown: { id: true, seen: [{ at: true }] } }],
  );
  expect(linesOf(only).map(({ mark, text }) => `${mark} ${text}`)).toEqual([
    "- t.a is replaced: destroyed and made anew",
    "      forced by: name",
    '      name: "one" -> "two"',
  ]);
});

test("a data loss, and why nobody may apply the plan, stand before the resources", () => {
  const loss = { address: "t.data", action: "replace", allowed: false, refused: true } as const;
  const refused = [{ code: "would-destroy-data", what: "the plan of attic would destroy t.data" } as const];
  const only = compared(
    [[]],
    [[], { plan: planOnBase([{ address: "t.data", actions: ["delete", "create"] }]), dataLoss: [loss], refused }],
  );
  const [first, ...rest] = linesOf(only).map(({ text }) => text);
  expect(first).toBe("data loss: t.data, which holds data, is replaced (prevent_destroy refuses it)");
  expect(rest.join("\n")).toContain("the plan of attic would destroy t.data");
});

test("a stack is new or gone as a whole, told by stack and environment", () => {
  const { stacks } = difference(
    side(stack([{ address: "t.a" }])),
    side(stack([{ address: "t.a" }], { id: "attic-prod", environment: "prod" })),
    asIs,
  );
  expect(stacks.map(({ id, status, summary }) => [id, status, summary.add, summary.destroy])).toEqual([
    ["attic-prod", "added", 1, 0],
    ["attic", "removed", 0, 0],
  ]);
});

test("the default environment may change: a stack is the same under another id", () => {
  const [only] = difference(
    side(stack([{ address: "t.a" }])),
    side(stack([], { id: "attic-dev", plan: planOnBase([{ address: "t.a", actions: ["no-op"] }]) })),
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
          output_changes: { url: { actions: ["update"], before: "a", after: "b", after_unknown: false } },
        }),
        allowDestroy: ["t.data"],
        releases: ["t.former"],
      },
    ],
  );
  expect(only.summary).toMatchObject({ add: 0, change: 0, destroy: 0, moved: 0, other: 4 });
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
    [[], { plan: planOnBase([{ address: "t.a", before: { x: "a" }, after: { x: "\u001b[2Kb\u202e" } }]) }],
  );
  // eslint-disable-next-line no-control-regex -- they are what is meant
  expect(JSON.stringify(linesOf(only).map(({ text }) => text))).not.toMatch(/[\u0000-\u001f\u202e]/);
});
