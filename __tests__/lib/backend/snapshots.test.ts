import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { configFolder, movableStacks } from "../config/support";
import { backendsOf, everyStack, ledgerOf, oneStack } from "./support";

const http = "http: {address: 'https://state.example.org/state/{stack}-{env}'}";
const s3 = "s3: {endpoint: 'https://s3.example.org', bucket: tofu-state}";
const states = movableStacks.flatMap((stack) => ["dev", "prod"].map((environment) => [stack, environment] as const));
const ledgerInBucket = (which: (stack: string, environment: string) => boolean) =>
  ledgerOf(
    Object.fromEntries(
      states
        .filter(([stack, environment]) => which(stack, environment))
        .map(([stack, environment]) => [
          `${stack}-${environment}`,
          `s3://tofu-state/${environment}/${stack}/terraform.tfstate`,
        ]),
    ),
  );
const inBucket = ledgerInBucket(() => true);
const arcInBucket = ledgerInBucket((stack) => stack === "arc-runners");
const inBucketButOne = ledgerInBucket((stack, environment) => stack !== "arc-runners" || environment !== "prod");

describe("the synthesized backend", () => {
  describe.each([
    ["http", everyStack(`state: {backend: http, ${http}}`)],
    ["s3", everyStack(`state: {backend: s3, ${s3}}`, inBucket)],
  ])("with the flag at %s", (_flag, folder) => {
    let backends: Readonly<Record<string, unknown>> = {};
    beforeAll(async () => void (backends = await backendsOf(folder)));

    it.each(states)("of %s in %s", (stack, environment) => {
      expect(backends[environment === "dev" ? stack : `${stack}-${environment}`]).toMatchSnapshot();
    });
  });

  it("follows a stack's own choice", async () => {
    const backends = await backendsOf(
      everyStack(`state: {backend: http, stacks: {arc-runners: s3}, ${http}, ${s3}}`, arcInBucket),
    );
    expect(kinds(backends)).toEqual({ ...allOn("http"), "arc-runners": "s3", "arc-runners-prod": "s3" });
  });

  it("follows a stack-and-environment's own choice", async () => {
    const backends = await backendsOf(
      everyStack(`state: {backend: s3, stacks: {arc-runners: {prod: http}}, ${http}, ${s3}}`, inBucketButOne),
    );
    expect(kinds(backends)).toEqual({ ...allOn("s3"), "arc-runners-prod": "http" });
  });

  it("of a bucket where live state has a name, with every switch set", async () => {
    const state = `state: {backend: s3, s3: {endpoint: 'https://s3.{env}.example.org', bucket: '{env}-state', region: eu-central-1, keys: {arc-runners: {dev: arc-runners/terraform.tfstate}}, use_lockfile: false, skip_s3_checksum: true}}`;
    const backends = await backendsOf(
      oneStack(state, ledgerOf({ "arc-runners-dev": "s3://dev-state/arc-runners/terraform.tfstate" })),
    );
    expect(backends).toMatchSnapshot();
  });

  it("with every HTTP address and method given", async () => {
    const state = `state: {http: {address: 'https://h/{env}/{stack}', lock_address: 'https://lock.h/{env}/{stack}', unlock_address: 'https://unlock.h/{env}/{stack}', lock_method: LOCK, unlock_method: UNLOCK}}`;
    expect(await backendsOf(oneStack(state))).toMatchSnapshot();
  });

  it("puts the lock beside an address, whatever that ends in", async () => {
    const lockOf = async (address: string) =>
      (await backendsOf(oneStack(`state: {http: {address: '${address}'}}`)))["arc-runners"];
    expect(await lockOf("https://h/s/{stack}-{env}/")).toMatchObject({
      http: { lock_address: "https://h/s/arc-runners-dev/lock" },
    });
    expect(await lockOf("https://h/s/{stack}-{env}?ref=main")).toMatchObject({
      http: { lock_address: "https://h/s/arc-runners-dev/lock?ref=main" },
    });
  });
});

describe("the synthesized backend by today's contract", () => {
  const example = readFileSync(join(repositoryRoot, "config/backend.http.example.hcl"), "utf8");
  const address = (name: string) => `address = "https://h/state/${name}"\n`;

  it("takes the example of a backend file as it is", async () => {
    const file = join(configFolder({ "backend.hcl": example }), "backend.hcl");
    expect(await backendsOf(oneStack(""), { TOFU_BACKEND_CONFIG_FILE: file })).toMatchSnapshot();
  });

  it("takes TF_HTTP_* for one stack", async () => {
    const variables = {
      TF_HTTP_ADDRESS: "https://h/state/arc-runners-dev",
      TF_HTTP_LOCK_METHOD: "LOCK",
      TF_HTTP_UNLOCK_METHOD: "UNLOCK",
      TF_HTTP_LOCK_ADDRESS: "https://h/state/arc-runners-dev",
      TF_HTTP_RETRY_MAX: "4",
      TF_HTTP_USERNAME: "ci",
      TF_HTTP_PASSWORD: "canary",
    };
    const backends = await backendsOf(oneStack(""), variables);
    expect(backends).toMatchSnapshot();
  });

  it("takes a folder with a file for each state, and <stack>.hcl where one environment has the stack", async () => {
    const folder = configFolder(
      Object.fromEntries(
        states.map(([stack, environment]) => [`${stack}-${environment}.hcl`, address(`${stack}-${environment}`)]),
      ),
    );
    const backends = await backendsOf(everyStack(""), { TOFU_BACKEND_CONFIG_DIR: folder });
    expect(Object.keys(backends)).toHaveLength(states.length);
    expect(backends["arc-runners-prod"]).toMatchObject({ http: { address: "https://h/state/arc-runners-prod" } });

    const bare = configFolder({ "arc-runners.hcl": address("arc-runners") });
    expect((await backendsOf(oneStack(""), { TOFU_BACKEND_CONFIG_DIR: bare }))["arc-runners"]).toMatchObject({
      http: { address: "https://h/state/arc-runners" },
    });
  });

  it("is not asked where organization.yaml has the address", async () => {
    const backends = await backendsOf(oneStack(`state: {${http}}`), {
      TF_HTTP_ADDRESS: "https://other/state",
      TOFU_BACKEND_CONFIG_FILE: "/nowhere.hcl",
    });
    expect(backends["arc-runners"]).toMatchObject({
      http: { address: "https://state.example.org/state/arc-runners-dev" },
    });
  });

  it("ignores empty variables, as a workflow passes what it does not have", async () => {
    const backends = await backendsOf(oneStack(""), {
      TOFU_BACKEND_CONFIG_FILE: "",
      TOFU_BACKEND_CONFIG_DIR: "",
      TF_HTTP_ADDRESS: "https://h/state/x",
    });
    expect(backends["arc-runners"]).toMatchObject({ http: { address: "https://h/state/x" } });
  });

  it("ignores a user's name in a file: credentials have one source", async () => {
    const file = join(configFolder({ "b.hcl": `username = "ci"\n${address("x")}` }), "b.hcl");
    expect(JSON.stringify(await backendsOf(oneStack(""), { TOFU_BACKEND_CONFIG_FILE: file }))).not.toContain('ci"');
  });
});

function kinds(backends: Readonly<Record<string, unknown>>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(backends).map(([id, backend]) => [id, Object.keys(backend as object)[0]]));
}

function allOn(backend: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    states.map(([stack, environment]) => [environment === "dev" ? stack : `${stack}-${environment}`, backend]),
  );
}
