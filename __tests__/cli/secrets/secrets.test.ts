import { join } from "node:path";
import { refuseMissingSecrets, secretsCommand } from "../../../cli/commands/secrets";
import { loadConfiguration } from "../../../lib/config/load";
import { configFolder, organization, relativeTo } from "../../lib/config/support";

function folderWithSecret(): string {
  return configFolder({
    "organization.yaml": organization(),
    "environments/prod/arc-runners.yaml":
      "github_config_url: https://github.com/acme\nghcr_username: bot\nsecrets: [ghcr_token]\n",
  });
}

describe("a secret without a value", () => {
  const [stack] = (() => {
    const folder = folderWithSecret();
    return loadConfiguration(join(folder)).stacks;
  })();
  const refusals = (environment: NodeJS.ProcessEnv) =>
    relativeTo("", () => {
      if (stack === undefined) throw new Error("no stack");
      refuseMissingSecrets(stack, environment);
    });

  it("stops a run, and both its variables are named", () => {
    const [problem, ...others] = refusals({ TF_VAR_ghcr_token: "" });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: "missing-secret-value", key: "ghcr_token" });
    expect(problem?.expected).toContain("TF_VAR_ghcr_token");
    expect(problem?.expected).toContain("FLYWHEEL_SECRET_ARC_RUNNERS_PROD__ghcr_token");
  });

  it("is none where either variable has one", () => {
    expect(refusals({ TF_VAR_ghcr_token: "a" })).toEqual([]);
    expect(refusals({ FLYWHEEL_SECRET_ARC_RUNNERS_PROD__ghcr_token: "a" })).toEqual([]);
  });
});

describe("flywheel secrets", () => {
  const before = { ...process.env };
  let printed = "";

  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...before };
    process.exitCode = 0;
  });

  function run(environment: NodeJS.ProcessEnv) {
    printed = "";
    process.exitCode = 0;
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    process.env = { ...before, FLYWHEEL_CONFIG_DIR: folderWithSecret(), ...environment };
    secretsCommand(undefined, {});
    const exitCode = Number(process.exitCode);
    return { row: printed.split("\n")[1], exitCode };
  }

  it("lists names, never values, and fails where one is missing", () => {
    expect(run({})).toEqual({ exitCode: 1, row: expect.stringMatching(/ghcr_token +missing/) as unknown });
    expect(run({ TF_VAR_ghcr_token: "canary" })).toEqual({
      exitCode: 0,
      row: expect.stringMatching(/ghcr_token +given/) as unknown,
    });
    expect(printed).not.toContain("canary");
  });
});
