import * as fc from "fast-check";
import { createHash } from "node:crypto";
import { canonicalJson, contractDocument, contractHash } from "../../../lib/backend/contract-document";
import { resolveContracts } from "../../../lib/backend/resolve";
import { type Configuration, loadConfiguration } from "../../../lib/config/load";
import { configurationWith } from "../../support/configuration";

const http = 'state: {http: {address: "https://state.example.org/{stack}-{env}"}}';

async function documentOf(configuration: Configuration, stacks = configuration.stacks) {
  return contractDocument(stacks, await resolveContracts(configuration, stacks, {}));
}

test("the order of stacks makes no difference", async () => {
  const configuration = loadConfiguration(configurationWith(http));
  const document = await documentOf(configuration);
  const reversed = await documentOf(configuration, [...configuration.stacks].reverse());
  expect(document.states.map(({ state }) => state)).toEqual([
    "arc-runners-dev",
    "arc-runners-prod",
    "gitlab-runners-dev",
  ]);
  expect(contractHash(reversed)).toBe(contractHash(document));
});

test("the folder makes no difference", async () => {
  const [one, other] = [configurationWith(http), configurationWith(http)];
  expect(one).not.toBe(other);
  expect(contractHash(await documentOf(loadConfiguration(one)))).toBe(
    contractHash(await documentOf(loadConfiguration(other))),
  );
});

test("another default environment renames the stacks and leaves the contract alone", async () => {
  const dev = loadConfiguration(configurationWith(http));
  const prod = loadConfiguration(configurationWith(`default_environment: prod\n${http}`));
  expect(prod.stacks.map(({ id }) => id)).not.toEqual(dev.stacks.map(({ id }) => id));
  expect(contractHash(await documentOf(prod))).toBe(contractHash(await documentOf(dev)));
});

test.each([
  ["address", 'state: {http: {address: "https://other.example.org/{stack}-{env}"}}'],
  [
    "lock address",
    'state: {http: {address: "https://state.example.org/{stack}-{env}", lock_address: "https://state.example.org/locks/{stack}-{env}"}}',
  ],
  ["lock method", 'state: {http: {address: "https://state.example.org/{stack}-{env}", lock_method: LOCK}}'],
])("another %s is another contract", async (_what, state) => {
  const before = await documentOf(loadConfiguration(configurationWith(http)));
  const after = await documentOf(loadConfiguration(configurationWith(state)));
  expect(contractHash(after)).not.toBe(contractHash(before));
});

test("a stack without a contract is not left out", () => {
  const { stacks } = loadConfiguration(configurationWith(http));
  expect(() => contractDocument(stacks, new Map())).toThrow("arc-runners has no contract");
});

test("canonical JSON is the same text for the same value, however its keys are ordered", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const shuffled = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("the hash is the plain sha256 of the canonical JSON, so anything can check it", async () => {
  const document = await documentOf(loadConfiguration(configurationWith(http)));
  const text = canonicalJson(document);
  expect(
    text.startsWith('{"states":[{"contract":{"address":"https://state.example.org/arc-runners-dev","lockAddress":'),
  ).toBe(true);
  expect(contractHash(document)).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
});
