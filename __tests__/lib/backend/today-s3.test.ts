import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contractDocument, contractHash } from "../../../lib/backend/contract-document";
import { resolveContracts } from "../../../lib/backend/resolve";
import { loadConfiguration } from "../../../lib/config/load";
import { repositoryRoot } from "../../../lib/root";
import { configFolder } from "../config/support";
import { backendsOf, everyStack, ledgerOf, oneStack, refusalOf } from "./support";

const place = "s3://tofu-state/org/arc-runners/terraform.tfstate";
const ledger = ledgerOf({ "arc-runners-dev": place });
const onS3 = "state: {backend: s3}";

/** As operators keep it. */
const file = [
  'bucket = "tofu-state"',
  'key = "org/arc-runners/terraform.tfstate"',
  'region = "us-east-1"',
  'endpoints = { s3 = "http://rustfs.example.org:9000" }',
  "use_path_style = true",
  "skip_s3_checksum = true",
  "skip_credentials_validation = true",
  "skip_region_validation = true",
  "skip_metadata_api_check = true",
  "skip_requesting_account_id = true",
].join("\n");
const written =
  "state: {backend: s3, s3: {endpoint: 'http://rustfs.example.org:9000', bucket: tofu-state, skip_s3_checksum: true, keys: {arc-runners: {dev: org/arc-runners/terraform.tfstate}}}}";

const hcl = (text: string) => join(configFolder({ "b.hcl": text }), "b.hcl");
const single = (text: string) => ({ TOFU_BACKEND_CONFIG_FILE: hcl(text) });
const without = (key: string) => file.replace(new RegExp(`^${key} .*$`, "m"), "");

async function hashOf(state: string, environment: Readonly<Record<string, string>>) {
  const configuration = loadConfiguration(oneStack(state, ledger));
  const contracts = await resolveContracts(configuration, configuration.stacks, environment);
  return contractHash(contractDocument(configuration.stacks, contracts));
}

describe("a backend file for s3, as operators have it", () => {
  it("comes out as if organization.yaml said it: block, ledger and hash", async () => {
    const expected = await backendsOf(oneStack(written, ledger));
    expect(expected["arc-runners"]).toMatchObject({ s3: { use_lockfile: true, use_path_style: true } });
    const folder = configFolder({ "arc-runners-dev.hcl": file });
    for (const environment of [single(file), { TOFU_BACKEND_CONFIG_DIR: folder }]) {
      expect(await backendsOf(oneStack(onS3, ledger), environment)).toEqual(expected);
      expect(await hashOf(onS3, environment)).toBe(await hashOf(written, {}));
    }
  });

  it.each([
    ["no use_lockfile", file, true],
    ["use_lockfile = true", `${file}\nuse_lockfile = true`, true],
    ["use_lockfile = false, said in so many words", `${file}\nuse_lockfile = false`, false],
  ])("%s", async (_name, text, locked) => {
    expect((await backendsOf(oneStack(onS3, ledger), single(text)))["arc-runners"]).toMatchObject({
      s3: { use_lockfile: locked },
    });
  });

  it("takes the example as it is", async () => {
    const example = readFileSync(join(repositoryRoot, "config/backend.s3.example.hcl"), "utf8");
    const recorded = ledgerOf({ "arc-runners-dev": "s3://tofu-state/attic/terraform.tfstate" });
    expect((await backendsOf(oneStack(onS3, recorded), single(example)))["arc-runners"]).toMatchObject({
      s3: { endpoints: { s3: "https://s3.honey.example.ts.net" }, use_lockfile: true },
    });
  });

  it("needs its ledger entry, and is refused another place than the ledger's", async () => {
    expect(await refusalOf(oneStack(onS3), single(file))).toMatchObject([
      { code: "not-in-ledger", expected: expect.stringContaining(place) },
    ]);
    const elsewhere = ledgerOf({ "arc-runners-dev": "s3://tofu-state/other/terraform.tfstate" });
    expect(await refusalOf(oneStack(onS3, elsewhere), single(file))).toMatchObject([{ code: "not-where-ledger-says" }]);
  });

  it("is not asked where organization.yaml has the bucket and the ledger the stack", async () => {
    const address = 'address = "https://h/state/x"\n';
    expect(await backendsOf(oneStack(written, ledger), single(address))).toEqual(
      await backendsOf(oneStack(written, ledger)),
    );
  });

  it.each([
    ["secret-in-file", "access_key", 11, `${file}\naccess_key = "canary"`],
    ["secret-in-file", "secret_key", 11, `${file}\nsecret_key = "canary"`],
    ["secret-in-file", "token", 11, `${file}\ntoken = "canary"`],
    ["secret-in-file", "endpoints", 4, file.replace("http://", "http://ann:canary@")],
    ["invalid-key", "key", 2, file.replace("org/", "/org/")],
    ["invalid-key", "key", 2, file.replace("org/", ".flywheel/")],
    ["invalid-key", "key", 2, file.replace(".tfstate", ".tfstate.tflock")],
    ["invalid-setting", "bucket", 1, file.replace("tofu-state", "Tofu_State")],
    ["invalid-setting", "bucket", 1, file.replace("tofu-state", "tofu-{env}")],
    ["invalid-setting", "key", 2, file.replace("org/", "${var.org}/")],
    ["token-in-file", "key", 2, file.replace("org/", "TfToken[TOKEN.3]/")],
    ["token-in-file", "region", 3, file.replace("us-east-1", "-1.8881545897087503e+289")],
    ["invalid-setting", "endpoints", 4, file.replace("http://", "")],
    ["invalid-setting", "endpoints", 4, `${file}\nendpoint = "http://other.example.org"`],
    ["wrong-type", "endpoints", 4, file.replace("{ s3 =", "{ iam =")],
    ["wrong-type", "use_lockfile", 11, `${file}\nuse_lockfile = "yes"`],
    ["invalid-setting", "use_path_style", 5, file.replace("use_path_style = true", "use_path_style = false")],
    ["unknown-setting", "dynamodb_table", 11, `${file}\ndynamodb_table = "locks"`],
    ["no-bucket", "key", undefined, without("key")],
    ["no-bucket", "endpoints", undefined, without("endpoints")],
  ])("is refused: %s at %s, line %s", async (code, key, line, text) => {
    const environment = single(text);
    const problems = await refusalOf(oneStack(onS3, ledger), environment);
    expect(problems).toMatchObject([
      { code, key, file: environment.TOFU_BACKEND_CONFIG_FILE, ...(line === undefined ? {} : { line }) },
    ]);
    expect(JSON.stringify(problems)).not.toContain("canary");
  });

  it("is refused where it would serve several stacks, or two files differ", async () => {
    const [first] = await refusalOf(everyStack(onS3), single(file));
    expect(first).toMatchObject({ code: "one-address-for-many" });
    const folder = configFolder({ "arc-runners-dev.hcl": file.replace("org/", "other/") });
    const both = { ...single(file), TOFU_BACKEND_CONFIG_DIR: folder };
    expect(await refusalOf(oneStack(onS3, ledger), both)).toMatchObject([
      { code: "two-addresses", what: expect.stringMatching(/b\.hcl and .*arc-runners-dev\.hcl/) },
    ]);
  });

  it("is what a flag without a bucket is told of", async () => {
    expect(await refusalOf(oneStack(onS3, ledger))).toMatchObject([
      { code: "no-bucket", remedy: expect.stringContaining("TOFU_BACKEND_CONFIG_DIR") },
    ]);
  });
});

describe("a flag and a backend file of different kinds are refused, naming both", () => {
  const address = 'address = "https://h/state/x"\n';
  const http = "state: {http: {address: 'https://h/{stack}-{env}'}}";

  it.each([
    ["the flag's default", "", file, "s3"],
    ["http with an address in organization.yaml", http, file, "s3"],
    ["s3 without a bucket", onS3, address, "http"],
  ])("%s", async (_name, state, text, kind) => {
    const environment = single(text);
    expect(await refusalOf(oneStack(state), environment)).toMatchObject([
      {
        code: "two-kinds",
        key: "state.backend",
        what: expect.stringContaining(environment.TOFU_BACKEND_CONFIG_FILE),
        remedy: expect.stringContaining(`set state.backend to ${kind}`),
      },
    ]);
  });

  it("and so is a file that is of both", async () => {
    expect(await refusalOf(oneStack(""), single(`${file}\n${address}`))).toMatchObject([{ code: "two-kinds" }]);
  });
});

describe("what cdktf or an engine would replace is refused in today's HTTP contract, too", () => {
  const token = "https://h/TfToken[TOKEN.3]";

  it("in a file, and in TF_HTTP_*", async () => {
    expect(await refusalOf(oneStack(""), single(`address = "${token}"\n`))).toMatchObject([
      { code: "token-in-file", key: "address", line: 1 },
    ]);
    expect(await refusalOf(oneStack(""), { TF_HTTP_ADDRESS: token })).toMatchObject([
      { code: "token-in-file", key: "TF_HTTP_ADDRESS" },
    ]);
    expect(await refusalOf(oneStack(""), single('address = "https://h/${var.x}"\n'))).toMatchObject([
      { code: "invalid-setting", key: "address", line: 1 },
    ]);
    expect(await refusalOf(oneStack(""), { TF_HTTP_ADDRESS: "https://h/${var.x}" })).toMatchObject([
      { code: "invalid-setting", key: "TF_HTTP_ADDRESS" },
    ]);
  });
});
