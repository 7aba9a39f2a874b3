import { readStates } from "../../stacks/parity/facts";
import { stackNames } from "../../../lib/config/names";
import { findEngines } from "../../support/engines";
import { addRustfs, adopt, previewProblems, recordedState, rustfsAddresses } from "./support";

/** A state that holds more than the program knows: listed and refused, forgotten when told so, never destroyed. */

const engines = findEngines();
const states = stackNames.flatMap((stack) => readStates(stack));
// Every state with one engine; what engines could differ in is the same for each.
const each = engines.flatMap((engine, index) =>
  states
    .slice(0, index === 0 ? states.length : 1)
    .map((recorded) => [engine.name, recorded.stack, recorded.name, engine.path, recorded] as const),
);

test.each(each)("%s: %s %s with a RustFS beside it", async (_name, _stack, _state, engine, recorded) => {
  const adoption = await adopt({ engine, recorded, change: addRustfs });
  expect(adoption.refused.map(({ code, key }) => [code, key])).toEqual(
    rustfsAddresses.map((address) => ["unknown-in-state", address]),
  );
  expect(adoption.refused.at(-1)?.remedy).toContain(
    `release:\n      ${recorded.stack}-live:\n      - ${rustfsAddresses[0]}`,
  );

  const released = await adopt({ engine, recorded, change: addRustfs, release: rustfsAddresses });
  expect(released.refused).toEqual([]);
  expect([...released.forgotten].sort()).toEqual([...rustfsAddresses].sort());
});

test.each(engines.map(({ name, path }) => [name, path] as const))(
  "%s: preview refuses and lists what nobody knows",
  async (_name, engine) => {
    const recorded = recordedState("arc-runners", "full");
    const problems = await previewProblems({ engine, recorded, change: addRustfs });
    expect(problems.map(({ code, key }) => [code, key])).toEqual(
      rustfsAddresses.map((address) => ["unknown-in-state", address]),
    );
    expect(await previewProblems({ engine, recorded, change: addRustfs, release: rustfsAddresses })).toEqual([]);
  },
);

describe("state.release", () => {
  const [engine] = engines;
  const path = engine?.path ?? "";
  const recorded = recordedState("arc-runners", "full");

  test.each([
    ["a resource of the program", "helm_release.nix_runners"],
    ["a former address of one", "module.gh_nix.helm_release.arc_runner"],
    ["a data source", "data.kubernetes_namespace.asked"],
    ["no address", "module.gh_nix"],
  ])("refuses %s", async (_what, address) => {
    expect(await previewProblems({ engine: path, recorded, release: [address] })).toEqual([
      expect.objectContaining({ code: "not-releasable", key: "state.release.arc-runners-live" }),
    ]);
  });

  it("leaves a sibling alone that the program has", async () => {
    const extra = (state: Parameters<typeof addRustfs>[0]) => {
      const set = state.resources.find(({ module }) => module === 'module.extra_runners["honey-nix"]');
      if (set !== undefined) state.resources.push({ ...set, module: 'module.extra_runners["retired"]' });
    };
    const adoption = await adopt({
      engine: path,
      recorded,
      change: extra,
      release: ['module.extra_runners["retired"].helm_release.arc_runner'],
    });
    expect(adoption.refused).toEqual([]);
    expect(adoption.forgotten).toEqual(['module.extra_runners["retired"].helm_release.arc_runner']);
    expect(adoption.moved).toHaveLength(11);
  });
});
