import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { configurationFolder, loadConfiguration } from "../../../lib/config/load";
import { selectStacks } from "../../../lib/config/select";
import { secretValue, secretVariable, stackEnvironment } from "../../../lib/engine/environment";
import { configFolder, leastSettings, organization, problemsIn, relativeTo } from "./support";

const arc = leastSettings["arc-runners"] ?? "";

describe("a configuration folder", () => {
  it("is FLYWHEEL_CONFIG_DIR, else config", () => {
    expect(configurationFolder({})).toBe("config");
    expect(configurationFolder({ FLYWHEEL_CONFIG_DIR: "" })).toBe("config");
    expect(configurationFolder({ FLYWHEEL_CONFIG_DIR: "/private" })).toBe("/private");
  });

  it("without organization.yaml is refused", () => {
    expect(problemsIn(configFolder({}))).toMatchObject([
      { code: "no-configuration", file: "organization.yaml", remedy: expect.stringContaining("FLYWHEEL_CONFIG_DIR") },
    ]);
  });

  it("names its stacks: bare in the default environment, states always with theirs", () => {
    const folder = configFolder({
      "organization.yaml": organization("default_environment: prod"),
      "environments/dev/arc-runners.yaml": arc,
      "environments/prod/arc-runners.yaml": arc,
    });
    const { stacks } = loadConfiguration(folder);
    expect(stacks.map(({ id, stateName, cluster }) => [id, stateName, cluster.domain])).toEqual([
      ["arc-runners-dev", "arc-runners-dev", "dev.example.org"],
      ["arc-runners", "arc-runners-prod", "example.org"],
    ]);
  });

  it.each([
    ["unknown-environment", "environments/prd", "environments/prd/arc-runners.yaml", 'did you mean "prod"?'],
    [
      "unknown-stack",
      "environments/dev/arc-runer.yaml",
      "environments/dev/arc-runer.yaml",
      'did you mean "arc-runners"?',
    ],
    ["wrong-file-name", "environments/dev/arc-runners.yml", "environments/dev/arc-runners.yml", "arc-runners.yaml"],
    ["wrong-file-name", "environments/dev/arc-runners.YAML", "environments/dev/arc-runners.YAML", "arc-runners.yaml"],
    ["misplaced-file", "environments/dev.yaml", "environments/dev.yaml", "environments/<env>/<stack>.yaml"],
    [
      "misplaced-file",
      "environments/dev/more",
      "environments/dev/more/arc-runners.yaml",
      "environments/dev/<stack>.yaml",
    ],
  ])("is refused with %s: %s", (code, file, path, expected) => {
    const folder = configFolder({ "organization.yaml": organization(), [path]: arc });
    expect(problemsIn(folder)).toMatchObject([{ code, file, expected: expect.stringContaining(expected) }]);
  });

  it("may hold what is nobody's settings: a README, what starts with a dot", () => {
    const folder = configFolder({
      "organization.yaml": organization(),
      "environments/README.md": "",
      "environments/dev/NOTES.txt": "",
      "environments/dev/.arc-runners.yaml.swp": "",
      "environments/.git/x.yaml": "",
    });
    expect(problemsIn(folder)).toEqual([]);
  });

  it("may be made of links, as in a mounted volume", () => {
    const folder = configFolder({ "organization.yaml": organization(), "elsewhere/arc-runners.yaml": arc });
    mkdirSync(join(folder, "environments"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "environments/dev"));
    expect(loadConfiguration(folder).stacks.map(({ id }) => id)).toEqual(["arc-runners"]);
  });

  it("tells every mistake of every file at once", () => {
    const folder = configFolder({
      "organization.yaml": organization("default_enviroment: dev\nstate: {backend: htp}"),
      "state-ledger.yaml": "states: [{stack: attic}]\n",
      "environments/dev/arc-runners.yaml": "nix_max_runners: many\nnope: 1\n",
      "environments/dev/runner-dashboard.yaml": "image: [\n",
      "environments/prod/dashboard.yaml": "",
      "environments/prod/arc-runners.yaml": `${arc}secrets: [nope]\n`,
    });
    const problems = problemsIn(folder);
    expect(new Set(problems.map(({ file }) => file))).toEqual(
      new Set([
        "organization.yaml",
        "state-ledger.yaml",
        "environments/dev/arc-runners.yaml",
        "environments/dev/runner-dashboard.yaml",
        "environments/prod/dashboard.yaml",
        "environments/prod/arc-runners.yaml",
      ]),
    );
    expect(
      problems
        .filter(({ file }) => file === "environments/dev/arc-runners.yaml")
        .map(({ code }) => code)
        .sort(),
    ).toEqual(["invalid-setting", "missing-setting", "unknown-setting"]);
  });
});

describe("ids on a command line", () => {
  const configuration = () =>
    loadConfiguration(
      configFolder({
        "organization.yaml": organization(),
        "environments/dev/arc-runners.yaml": arc,
        "environments/prod/arc-runners.yaml": arc,
      }),
    );

  it("choose stacks, in the configuration's order; none chooses all", () => {
    expect(selectStacks(configuration(), ["arc-runners-prod", "arc-runners"]).map(({ id }) => id)).toEqual([
      "arc-runners",
      "arc-runners-prod",
    ]);
    expect(selectStacks(configuration(), [])).toHaveLength(2);
  });

  it("are each refused with the nearest", () => {
    expect(relativeTo("", () => selectStacks(configuration(), ["arc-runner-prod", "nonsense-entirely"]))).toMatchObject(
      [
        { code: "unknown-stack", expected: 'one of arc-runners, arc-runners-prod; did you mean "arc-runners-prod"?' },
        { code: "unknown-stack", expected: "one of arc-runners, arc-runners-prod" },
      ],
    );
  });
});

describe("a secret's value", () => {
  const [dev, prod] = loadConfiguration(
    configFolder({
      "organization.yaml": organization(),
      "environments/dev/arc-runners.yaml": `${arc}ghcr_username: bot\nsecrets: [ghcr_token]\n`,
      "environments/prod/arc-runners.yaml": arc,
    }),
  ).stacks;
  if (dev === undefined || prod === undefined) throw new Error("two stacks are configured");
  const environment = {
    TF_VAR_ghcr_token: "for all",
    [secretVariable("arc-runners", "ghcr_token")]: "for dev",
    FLYWHEEL_SECRET_ARC_RUNNERS_PROD__ghcr_token: "for prod",
  };

  it("is the stack's own, before that for all", () => {
    expect(secretVariable("arc-runners-prod", "ghcr_token")).toBe("FLYWHEEL_SECRET_ARC_RUNNERS_PROD__ghcr_token");
    expect(secretValue(dev, "ghcr_token", environment)).toBe("for dev");
    expect(secretValue(dev, "ghcr_token", { TF_VAR_ghcr_token: "for all" })).toBe("for all");
    expect(secretValue(dev, "ghcr_token", {})).toBeUndefined();
  });

  it("reaches its own engine run and no other", () => {
    const always = { TF_WORKSPACE: "default" };
    expect(stackEnvironment(dev.id, environment)).toEqual({ ...always, TF_VAR_ghcr_token: "for dev" });
    expect(stackEnvironment(prod.id, environment)).toEqual({ ...always, TF_VAR_ghcr_token: "for prod" });
    expect(stackEnvironment("attic", environment)).toEqual({ ...always, TF_VAR_ghcr_token: "for all" });
  });
});
