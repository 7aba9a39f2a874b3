import { join } from "node:path";
import { generationSuffix } from "../../../authority/ledger/generation";
import { journalSuffix } from "../../../authority/cutover/journal";
import { lockSuffix } from "../../../authority/state/lock-info";
import { contractDocument, contractHash } from "../../../lib/backend/contract-document";
import { findContracts, ledgerProblems } from "../../../lib/backend/resolve";
import { besideSuffixes } from "../../../lib/config/backends/object-key";
import { loadConfiguration } from "../../../lib/config/load";
import { configFolder, leastSettings } from "../config/support";
import { backendsOf, everyStack, ledgerOf, oneStack, refusalOf } from "./support";

const file = "organization.yaml";
const http = "http: {address: 'https://state.example.org/state/{stack}-{env}'}";
const s3 = "s3: {endpoint: 'https://s3.example.org', bucket: tofu-state}";
const address = "https://state.example.org/state/arc-runners-dev";

describe("two stacks are refused one place", () => {
  it.each([
    ["state", "http: {address: 'https://h/state/{env}'}"],
    ["state", "http: {address: 'https://h/state/{stack}'}"],
    ["lock", "http: {address: 'https://h/state/{stack}-{env}', lock_address: 'https://h/lock/{env}'}"],
    ["lock", "http: {address: 'https://h/state/{stack}-{env}', unlock_address: 'https://h/unlock'}"],
  ])("the same %s by %s", async (kind, state) => {
    const problems = await refusalOf(everyStack(`state: {${state}}`));
    expect(problems[0]).toMatchObject({
      code: "shared-state",
      what: expect.stringContaining(`the same ${kind}: https://h/`),
      remedy: expect.stringContaining("{stack} and {env}"),
    });
  });

  it("where only the writing of the URL differs", async () => {
    const folder = configFolder({
      "arc-runners-dev.hcl": 'address = "https://h/state/x"\n',
      "runner-dashboard-dev.hcl": 'address = "https://H:443/state/y/../x/"\n',
    });
    const problems = await refusalOf(everyStack(""), { TOFU_BACKEND_CONFIG_DIR: folder });
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: "shared-state",
        what: "arc-runners and runner-dashboard resolve to the same state: https://h/state/x",
      }),
    );
  });

  it("a lock that is another one's state", async () => {
    const folder = configFolder({
      "arc-runners-dev.hcl": 'address = "https://h/a"\n',
      "runner-dashboard-dev.hcl": 'address = "https://h/b"\nlock_address = "https://h/a"\n',
    });
    expect(await refusalOf(everyStack(""), { TOFU_BACKEND_CONFIG_DIR: folder })).toContainEqual(
      expect.objectContaining({ code: "shared-state" }),
    );
  });

  it("the same bucket and key", async () => {
    const problems = await refusalOf(
      everyStack("state: {backend: s3, s3: {endpoint: 'https://s3', bucket: tofu-state, key: '{stack}.tfstate'}}"),
    );
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: "shared-state",
        what: expect.stringContaining("s3://tofu-state/arc-runners.tfstate"),
      }),
    );
  });

  it.each([
    ["overwrites", "lock_address", "lock_address: 'https://h/s/{stack}-{env}'"],
    ["deletes", "unlock_address", "unlock_address: 'https://h/s/{stack}-{env}/'"],
  ])("a lock that %s the state itself", async (verb, key, given) => {
    const problems = await refusalOf(oneStack(`state: {http: {address: 'https://h/s/{stack}-{env}', ${given}}}`));
    expect(problems).toMatchObject([{ code: "lock-is-state", key, what: expect.stringContaining(verb) }]);
  });
});

describe("an unknown placeholder is refused", () => {
  it.each([
    ["state.http.address", "{environment}", "state: {http: {address: 'https://h/{stack}-{environment}'}}"],
    [
      "state.http.lock_address",
      "{name}",
      "state: {http: {address: 'https://h/{stack}-{env}', lock_address: 'https://h/{name}'}}",
    ],
    [
      "state.s3.key",
      "{Stack}",
      "state: {backend: s3, s3: {endpoint: 'https://s3', bucket: tofu-state, key: '{Stack}/x'}}",
    ],
    [
      "state.s3.keys.arc-runners.dev",
      "{x",
      "state: {backend: s3, s3: {endpoint: 'https://s3', bucket: tofu-state, keys: {arc-runners: {dev: 'a/{x'}}}}",
    ],
  ])("at %s: %s", async (key, placeholder, state) => {
    expect(await refusalOf(oneStack(state))).toMatchObject([
      {
        code: "unknown-placeholder",
        file,
        line: 5,
        key,
        what: expect.stringContaining(`"${placeholder}"`),
        expected: "{stack} or {env}",
      },
    ]);
  });
});

describe("the flag is refused", () => {
  it("where state.s3 is missing, at the line of the choice", async () => {
    expect(await refusalOf(oneStack("state:\n  backend: s3"))).toMatchObject([
      { code: "no-bucket", file, line: 6, key: "state.backend" },
    ]);
    expect(await refusalOf(oneStack(`state:\n  ${http}\n  stacks:\n    arc-runners:\n      dev: s3`))).toMatchObject([
      { code: "no-bucket", file, line: 9, key: "state.stacks.arc-runners.dev" },
    ]);
  });

  it("on s3 without a ledger entry, with the command to run", async () => {
    const [problem] = await refusalOf(oneStack(`state:\n  ${s3}\n  backend: s3`));
    expect(problem).toMatchObject({
      code: "not-in-ledger",
      file,
      line: 7,
      key: "state.backend",
      expected: expect.stringContaining("s3://tofu-state/dev/arc-runners/terraform.tfstate"),
    });
    expect(problem?.remedy).toMatch(/cutover arc-runners --to s3\n.*register arc-runners/);
  });

  it.each([
    ["to s3", `${s3}\n  stacks: {arc-runners: s3}`, address, 7, "state.stacks.arc-runners", "--to s3", "to http"],
    [
      "back to http",
      http,
      "s3://tofu-state/dev/arc-runners/terraform.tfstate",
      5,
      "state.backend",
      "--to http",
      "to s3",
    ],
    [
      "not, but its address is",
      http,
      "https://old.example.org/state/arc-runners-dev",
      5,
      "state.backend",
      "by way of s3",
      "comes out as https://old.example.org",
    ],
  ])("where it was flipped %s without a cutover", async (_name, state, recorded, line, key, command, back) => {
    const [problem, ...others] = await refusalOf(
      oneStack(`state:\n  ${state}`, ledgerOf({ "arc-runners-dev": recorded })),
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: "not-where-ledger-says",
      file,
      line,
      key,
      what: expect.stringContaining(recorded),
    });
    expect(problem?.remedy).toContain(command);
    expect(problem?.remedy).toContain(back);
  });

  it.each([
    ["key", "s3://tofu-state/attic/old name.tfstate"],
    ["bucket", "s3://old-state/dev/arc-runners/terraform.tfstate"],
    ["bucket and key", "s3://old-state/attic/terraform.tfstate"],
  ])("where the %s was changed: the lines that name the old place again do", async (_what, recorded) => {
    const ledger = ledgerOf({ "arc-runners-dev": recorded });
    const [problem] = await refusalOf(oneStack(`state:\n  ${s3}\n  backend: s3`, ledger));
    expect(problem?.remedy).toContain("by way of http");
    const lines = /^Name its place again: (.*)$/m.exec(problem?.remedy ?? "")?.[1] ?? "";
    const bucket = /state\.s3\.bucket: ([^,]+)/.exec(lines)?.[1] ?? "tofu-state";
    const keys = /state\.s3\.(keys: .*)$/.exec(lines)?.[1];
    const mended = `s3: {endpoint: "https://s3.example.org", bucket: ${bucket}${keys === undefined ? "" : `, ${keys}`}}`;
    const configuration = loadConfiguration(oneStack(`state:\n  ${mended}\n  backend: s3`, ledger));
    const { contracts } = await findContracts(configuration, configuration.stacks, {});
    expect(ledgerProblems(configuration, configuration.stacks, contracts)).toEqual([]);
  });

  it("never for a stack that stays on http without an entry, or whose entry says the same place in other words", async () => {
    for (const ledger of [
      {},
      ledgerOf({ "arc-runners-dev": "HTTPS://State.example.org:443/state/arc-runners-dev/" }),
    ]) {
      const configuration = loadConfiguration(oneStack(`state: {${http}}`, ledger));
      const { contracts } = await findContracts(configuration, configuration.stacks, {});
      expect(ledgerProblems(configuration, configuration.stacks, contracts)).toEqual([]);
    }
  });
});

describe("a key that an engine refuses, or that is no key of a state, is refused where it stands", () => {
  it.each([
    ["/{env}/{stack}"],
    ["{env}/{stack}/"],
    ["{env}//{stack}"],
    ["./{env}/{stack}"],
    ["{env}/../{stack}"],
    [".flywheel/{env}-{stack}"],
    ["team/.flywheel/{env}-{stack}"],
    ["{env}/{stack}.tfstate.tflock"],
    ["{env}/{stack}.cutover"],
    ["{env}/{stack}.generation"],
    ["{env}/{stack}.apply"],
    ["{env}/{stack}.freeze"],
    [`{env}/{stack}/${"x".repeat(1000)}`],
    [`{env}/{stack}/${"é".repeat(500)}`],
  ])("state.s3.key %s", async (key) => {
    const bucket = `state: {backend: s3, s3: {endpoint: 'https://s3.example.org', bucket: tofu-state, key: "${key}"}}`;
    expect(await refusalOf(oneStack(bucket))).toMatchObject([
      { code: "invalid-key", file, line: 5, key: "state.s3.key" },
    ]);
  });

  it("one with a control character, as every text of the configuration", async () => {
    const s3 = `{endpoint: 'https://s3.example.org', bucket: tofu-state, key: "{env}/{stack}\\u0000"}`;
    expect(await refusalOf(oneStack(`state: {backend: s3, s3: ${s3}}`))).toMatchObject([
      { code: "control-character", file, line: 5, key: "state.s3.key" },
    ]);
  });

  it("one of `keys`, also of a stack that has no settings yet", async () => {
    const bucket = [
      "state:",
      "  s3:",
      "    endpoint: 'https://s3.example.org'",
      "    bucket: tofu-state",
      "    keys:",
      "      attic: {prod: attic/terraform.tfstate/}",
    ].join("\n");
    expect(await refusalOf(oneStack(bucket))).toMatchObject([
      { code: "invalid-key", file, line: 10, key: "state.s3.keys.attic.prod" },
    ]);
  });

  it("knows every name that is written beside a state", () => {
    for (const suffix of [lockSuffix, journalSuffix, generationSuffix]) expect(besideSuffixes).toContain(suffix);
  });
});

describe("an address with a fragment is refused: it is not what reaches the server", () => {
  it.each(["address", "lock_address", "unlock_address"])("state.http.%s", async (key) => {
    const given = key === "address" ? "" : "address: 'https://h/{stack}-{env}', ";
    const problems = await refusalOf(oneStack(`state: {http: {${given}${key}: 'https://h/state#{stack}-{env}'}}`));
    expect(problems).toMatchObject([{ code: "invalid-setting", file, line: 5, key: `state.http.${key}` }]);
  });

  it("TF_HTTP_ADDRESS, and the address of a backend file", async () => {
    expect(await refusalOf(oneStack(""), { TF_HTTP_ADDRESS: "https://h/state#a" })).toMatchObject([
      { code: "invalid-setting", key: "TF_HTTP_ADDRESS" },
    ]);
    const backend = join(configFolder({ "b.hcl": '\naddress = "https://h/state#a"\n' }), "b.hcl");
    expect(await refusalOf(oneStack(""), { TOFU_BACKEND_CONFIG_FILE: backend })).toMatchObject([
      { code: "invalid-setting", line: 2, key: "address" },
    ]);
  });
});

describe("two stacks never share a state, however its place is spelled", () => {
  it.each([
    ["https://H.example.org/a", "https://h.example.org/a"],
    ["https://h.example.org:443/a", "https://h.example.org/a"],
    ["https://h.example.org./a", "https://h.example.org/a"],
    ["https://h.example.org/a/", "https://h.example.org/a"],
    ["https://h.example.org/%61", "https://h.example.org/a"],
    ["https://h.example.org/a%2fb", "https://h.example.org/a%2Fb"],
    ["https://h.example.org/x/../a", "https://h.example.org/a"],
    ["https://h.example.org/a?x=%7E", "https://h.example.org/a?x=~"],
  ])("%s is %s", async (one, other) => {
    const folder = configFolder({
      "attic-dev.hcl": `address = "${one}"\n`,
      "arc-runners-dev.hcl": `address = "${other}"\n`,
    });
    const settings = { "environments/dev/attic.yaml": leastSettings["attic"] ?? "" };
    expect(await refusalOf(oneStack("", settings), { TOFU_BACKEND_CONFIG_DIR: folder })).toMatchObject([
      { code: "shared-state" },
    ]);
  });

  it("nor an object in the bucket, behind a server or not", async () => {
    const shared = `state: {${http}, s3: {endpoint: 'https://s3.example.org', bucket: tofu-state, key: 'all.tfstate'}}`;
    const settings = { "environments/dev/attic.yaml": leastSettings["attic"] ?? "" };
    expect(await refusalOf(oneStack(shared, settings))).toMatchObject([
      { code: "shared-state", what: expect.stringContaining("s3://tofu-state/all.tfstate") },
    ]);
  });
});

describe("update_method", () => {
  const put = "state: {http: {address: 'https://h/{stack}-{env}', update_method: PUT}}";

  it("reaches the engine, and the contract only where it is not the default", async () => {
    expect((await backendsOf(oneStack(put)))["arc-runners"]).toMatchObject({ http: { update_method: "PUT" } });
    const hashes = await Promise.all(
      [put, put.replace("PUT", "POST"), put.replace(", update_method: PUT", "")].map(async (state) => {
        const configuration = loadConfiguration(oneStack(state));
        const { contracts } = await findContracts(configuration, configuration.stacks, {});
        return contractHash(contractDocument(configuration.stacks, contracts));
      }),
    );
    expect(hashes[1]).toBe(hashes[2]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  it("is known to backend files and to TF_HTTP_UPDATE_METHOD, at synth", async () => {
    const variables = { TF_HTTP_ADDRESS: address, TF_HTTP_UPDATE_METHOD: "PUT" };
    expect((await backendsOf(oneStack(""), variables))["arc-runners"]).toMatchObject({
      http: { update_method: "PUT" },
    });
    const backend = join(configFolder({ "b.hcl": `address = "${address}"\nupdate_method = "PUT"\n` }), "b.hcl");
    expect((await backendsOf(oneStack(""), { TOFU_BACKEND_CONFIG_FILE: backend }))["arc-runners"]).toMatchObject({
      http: { update_method: "PUT" },
    });
  });

  it("is refused where it would lock or delete", async () => {
    expect(await refusalOf(oneStack(put.replace("PUT", "DELETE")))).toMatchObject([
      { code: "invalid-setting", key: "state.http.update_method", expected: "one of POST, PUT" },
    ]);
    expect(await refusalOf(oneStack(""), { TF_HTTP_ADDRESS: address, TF_HTTP_UPDATE_METHOD: "LOCK" })).toMatchObject([
      { code: "invalid-setting", key: "TF_HTTP_UPDATE_METHOD" },
    ]);
  });
});
