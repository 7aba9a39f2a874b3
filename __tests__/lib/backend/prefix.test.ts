import { contractDocument, contractHash } from "../../../lib/backend/contract-document";
import { scratchOf, type StateContract } from "../../../lib/backend/contract";
import { findContracts } from "../../../lib/backend/resolve";
import { loadConfiguration } from "../../../lib/config/load";
import { backendsOf, ledgerOf, oneStack, refusalOf } from "./support";

/** `state.s3.prefix`: a bucket that others share. */

const bucket = "endpoint: 'https://s3.example.org', bucket: tofu-state";
const stateOn = (more: string) => `state: {backend: s3, s3: {${bucket}${more === "" ? "" : `, ${more}`}}}`;

async function contractWith(more: string): Promise<StateContract> {
  const configuration = loadConfiguration(oneStack(stateOn(more)));
  const { contracts } = await findContracts(configuration, configuration.stacks, {});
  const contract = contracts.get("arc-runners");
  if (contract === undefined) throw new Error("no contract");
  return contract;
}

async function hashWith(more: string): Promise<string> {
  const configuration = loadConfiguration(oneStack(stateOn(more)));
  const { contracts } = await findContracts(configuration, configuration.stacks, {});
  return contractHash(contractDocument(configuration.stacks, contracts));
}

it("is the same with and without a / at its end", async () => {
  expect(await hashWith("prefix: org/team/")).toBe(await hashWith("prefix: org/team"));
  expect(await contractWith("prefix: org/team/")).toMatchObject({ prefix: "org/team" });
});

it("changes nothing where it is absent or empty: neither contract, hash nor backend block", async () => {
  expect(await contractWith('prefix: ""')).toEqual(await contractWith(""));
  expect(await contractWith("")).not.toHaveProperty("prefix");
  // As it was before there was a prefix.
  expect(await hashWith('prefix: ""')).toBe(await hashWith(""));
  const place = ledgerOf({ "arc-runners-dev": "s3://tofu-state/dev/arc-runners/terraform.tfstate" });
  const backends = await backendsOf(oneStack(stateOn('prefix: ""'), place));
  expect(backends["arc-runners"]).not.toHaveProperty("s3.workspace_key_prefix");
});

it("has the default key below it; a key that is written stays what is written", async () => {
  expect(await contractWith("prefix: org")).toMatchObject({ key: "org/dev/arc-runners/terraform.tfstate" });
  expect(await contractWith("prefix: org, key: 'org/{stack}.tfstate'")).toMatchObject({
    key: "org/arc-runners.tfstate",
  });
  expect(await contractWith("prefix: org, keys: {arc-runners: {dev: arc-runners/terraform.tfstate}}")).toMatchObject({
    key: "arc-runners/terraform.tfstate",
  });
});

it("has the checks' own state below it, and the workspaces that an engine lists at init", async () => {
  const contract = await contractWith("prefix: org");
  expect(scratchOf(contract, "arc-runners-dev", "id")).toMatchObject({ key: "org/.flywheel/probe/id.tfstate" });
  const place = ledgerOf({ "arc-runners-dev": "s3://tofu-state/org/dev/arc-runners/terraform.tfstate" });
  expect((await backendsOf(oneStack(stateOn("prefix: org"), place)))["arc-runners"]).toMatchObject({
    s3: { workspace_key_prefix: "org/env:" },
  });
});

it.each(["/org", "/", "org//team", "org/../other", "./org", "org/.flywheel", ".flywheel", `${"x".repeat(600)}`])(
  "is refused as %s, where it stands",
  async (prefix) => {
    expect(await refusalOf(oneStack(stateOn(`prefix: "${prefix}"`)))).toMatchObject([
      { code: "invalid-key", file: "organization.yaml", line: 5, key: "state.s3.prefix" },
    ]);
  },
);
