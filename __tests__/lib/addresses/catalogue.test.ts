import { readFileSync } from "node:fs";
import { catalogue, catalogued } from "../../../lib/addresses/catalogue";
import { parseAddress } from "../../../lib/addresses/instance-address";
import { stateInstances } from "../../../lib/addresses/state-addresses";
import { stackNames } from "../../../lib/config/names";
import { readStates } from "../../stacks/parity/facts";
import { casesOf, catalogueOf, programFor } from "./record";

const again =
  "the program has addresses that lib/addresses/catalogue.json lacks; record it: npx jest --testMatch '**/record-catalogue.ts'";

describe("the catalogue of addresses", () => {
  test.each(stackNames)("has what %s has, in every case", async (stack) => {
    const programs = await Promise.all(casesOf(stack).map((variables) => programFor(stack, variables)));
    const missing = programs
      .flatMap((program) => (program === undefined ? [] : catalogueOf(program)))
      .filter((entry) => {
        const known = catalogue[stack].find(({ address }) => address === entry.address);
        return (
          known === undefined ||
          (entry.data === true && known.data !== true) ||
          (entry.former ?? []).some((former) => known.former?.includes(former) !== true)
        );
      });
    expect(missing.length === 0 ? missing : [again, ...missing]).toEqual([]);
  });

  test("knows every address of the recorded states", () => {
    for (const stack of stackNames) {
      for (const { file } of readStates(stack)) {
        const unknown = stateInstances(JSON.parse(readFileSync(file, "utf8"))).filter(
          ({ address }) => catalogued(stack, address) === undefined,
        );
        expect(unknown).toEqual([]);
      }
    }
  });

  test.each([
    ["arc-runners", 'module.extra_runners["any.name/at all"].helm_release.arc_runner', true],
    ["arc-runners", "helm_release.extra_runners_another-one", true],
    ["arc-runners", "module.gh_docker[0].helm_release.arc_runner", true],
    ["arc-runners", "module.gh_docker[1].helm_release.arc_runner", false],
    ["arc-runners", "kubernetes_stateful_set.rustfs", false],
    ["runner-dashboard", "kubernetes_stateful_set_v1.rustfs[0]", false],
  ] as const)("%s: %s is known: %s", (stack, text, known) => {
    const address = parseAddress(text);
    expect(address !== undefined && catalogued(stack, address) !== undefined).toBe(known);
  });
});
