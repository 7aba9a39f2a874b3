import { join } from "node:path";
import { configFolder } from "../config/support";
import { everyStack, oneStack, refusalOf } from "./support";

const file = "organization.yaml";
const address = "https://state.example.org/state/arc-runners-dev";

describe("a stack without an address", () => {
  it("is refused with every way to give one", async () => {
    const [problem, ...others] = await refusalOf(oneStack(""));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: "no-address", file, key: "state.http.address" });
    for (const way of ["state.http.address", "TOFU_BACKEND_CONFIG_DIR", "TOFU_BACKEND_CONFIG_FILE", "TF_HTTP_ADDRESS"])
      expect(problem?.remedy).toContain(way);
  });

  it("is named, and so is the file its folder lacks", async () => {
    const folder = configFolder({ "attic-dev.hcl": `address = "${address}"\n` });
    expect(await refusalOf(oneStack(""), { TOFU_BACKEND_CONFIG_DIR: folder })).toMatchObject([
      { code: "no-address", what: expect.stringContaining("arc-runners-dev.hcl") },
    ]);
  });

  it("does not take <stack>.hcl where two environments have the stack", async () => {
    const folder = configFolder({ "arc-runners.hcl": `address = "${address}"\n` });
    const problems = await refusalOf(everyStack(""), { TOFU_BACKEND_CONFIG_DIR: folder });
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["no-address"]));
    expect(problems.some(({ what }) => what.startsWith("arc-runners has"))).toBe(true);
  });

  it.each([
    ["TF_HTTP_ADDRESS", { TF_HTTP_ADDRESS: address }],
    ["TOFU_BACKEND_CONFIG_FILE", { TOFU_BACKEND_CONFIG_FILE: "/nowhere.hcl" }],
  ])("is refused one address that it would share with others: %s", async (name, environment) => {
    const problems = await refusalOf(everyStack(""), environment);
    expect(problems.length).toBeGreaterThan(1);
    expect(problems[0]).toMatchObject({
      code: "one-address-for-many",
      what: expect.stringContaining(name),
      remedy: expect.stringContaining("{stack} and {env}"),
    });
  });
});

describe("an address from the environment", () => {
  const hcl = (text: string) => join(configFolder({ "b.hcl": text }), "b.hcl");

  it("is refused where a second one differs", async () => {
    const environment = {
      TOFU_BACKEND_CONFIG_FILE: hcl(`address = "${address}"\n`),
      TF_HTTP_ADDRESS: "https://other.example.org/state",
    };
    expect(await refusalOf(oneStack(""), environment)).toMatchObject([
      { code: "two-addresses", what: expect.stringMatching(/b\.hcl and TF_HTTP_ADDRESS/) },
    ]);
  });

  it.each([
    ["no-address", "TF_HTTP_ADDRESS", { TF_HTTP_ADDRESS: "state.example.org" }],
    ["secret-in-file", "TF_HTTP_ADDRESS", { TF_HTTP_ADDRESS: "https://ci:canary@state.example.org/x" }],
    ["invalid-setting", "TF_HTTP_LOCK_ADDRESS", { TF_HTTP_ADDRESS: address, TF_HTTP_LOCK_ADDRESS: "lock" }],
    ["invalid-setting", "TF_HTTP_LOCK_METHOD", { TF_HTTP_ADDRESS: address, TF_HTTP_LOCK_METHOD: "post" }],
    ["invalid-setting", "TF_HTTP_RETRY_MAX", { TF_HTTP_ADDRESS: address, TF_HTTP_RETRY_MAX: "many" }],
  ])("is refused: %s at %s", async (code, key, environment) => {
    const problems = await refusalOf(oneStack(""), environment);
    expect(problems).toMatchObject([{ code, key }]);
    expect(JSON.stringify(problems)).not.toContain("canary");
  });

  it.each([
    ["secret-in-file", "password", 2, `address = "${address}"\npassword = "canary"\n`],
    ["secret-in-file", "address", 1, 'address = "https://ci:canary@state.example.org/x"\n'],
    ["unknown-setting", "adress", 1, `adress = "${address}"\n`],
    ["unknown-setting", "constructor", 2, `address = "${address}"\nconstructor = "x"\n`],
    ["invalid-setting", "lock_address", 2, `address = "${address}"\nlock_address = var.lock\n`],
    ["invalid-setting", "retry_max", 2, `address = "${address}"\nretry_max = "many"\n`],
    ["wrong-type", "lock_method", 2, `address = "${address}"\nlock_method = ["POST"]\n`],
    ["no-address", "address", 1, 'address = "state.example.org"\n'],
    ["no-address", "address", undefined, "# nothing\n"],
    ["hcl-syntax", undefined, undefined, "address = \n"],
  ])("in a file is refused: %s at %s, line %s", async (code, key, line, text) => {
    const path = hcl(text);
    const problems = await refusalOf(oneStack(""), { TOFU_BACKEND_CONFIG_FILE: path });
    expect(problems).toMatchObject([
      { code, file: path, ...(key === undefined ? {} : { key }), ...(line === undefined ? {} : { line }) },
    ]);
    expect(JSON.stringify(problems)).not.toContain("canary");
  });

  it("in a file is refused with all that is wrong", async () => {
    const problems = await refusalOf(oneStack(""), {
      TOFU_BACKEND_CONFIG_FILE: hcl('password = "p"\nlockaddress = "l"\n'),
    });
    expect(problems.map(({ code }) => code).sort()).toEqual(["secret-in-file", "unknown-setting"]);
    expect(problems.find(({ code }) => code === "unknown-setting")?.expected).toContain('did you mean "lock_address"?');
  });

  it("in a file that is not there is refused", async () => {
    expect(await refusalOf(oneStack(""), { TOFU_BACKEND_CONFIG_FILE: "/nowhere.hcl" })).toMatchObject([
      { code: "no-backend-file", file: "/nowhere.hcl" },
    ]);
  });
});
