import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chosenBackend } from "../../../lib/backend/flag";
import { loadConfiguration } from "../../../lib/config/load";
import { configFolder, leastSettings, organization, problemsIn, movableStacks } from "./support";

const file = "organization.yaml";
const problems = (text: string) => problemsIn(configFolder({ [file]: text }));

/** Complaints about `state: ...`, which stands on line 5 and after. */
const inState = (...lines: readonly string[]) =>
  problems(organization(["state:", ...lines.map((line) => `  ${line}`)].join("\n")));

describe("organization.yaml as operators have it", () => {
  it.each(["organization.example.yaml", "organization-ha.example.yaml", "organization-s3.example.yaml"])(
    "%s loads unchanged and means the HTTP contract",
    (name) => {
      const text = readFileSync(join(__dirname, "fixtures", name), "utf8");
      const folder = configFolder({
        [file]: text,
        "environments/prod/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
      });
      const configuration = loadConfiguration(folder);
      expect(configuration.organization.defaultEnvironment).toBe("dev");
      expect(configuration.organization.state).toMatchObject({
        backend: "http",
        stacks: {},
        http: { lock_method: "POST", unlock_method: "DELETE" },
      });
      expect(configuration.stacks.map((stack) => [stack.id, chosenBackend(configuration, stack)])).toEqual([
        ["arc-runners-prod", "http"],
      ]);
    },
  );
});

describe("organization.yaml is refused", () => {
  it.each([
    ["unknown-setting", "cluster", 5, "cluster: []", 'did you mean "clusters"?'],
    ["unknown-setting", "default_enviroment", 5, "default_enviroment: dev", 'did you mean "default_environment"?'],
    ["unknown-environment", "default_environment", 5, "default_environment: pord", 'did you mean "prod"?'],
    ["invalid-setting", "default_environment", 5, "default_environment: 1", "a text"],
    ["invalid-setting", "state", 5, "state: http", "a mapping"],
  ])("%s at %s, line %i", (code, key, line, more, expected) => {
    expect(problems(organization(more))).toMatchObject([
      { code, file, key, line, expected: expect.stringContaining(expected) },
    ]);
  });

  it.each([
    ["missing-setting", "clusters", 1, "organization: {name: acme}\n"],
    ["invalid-setting", "clusters", 2, "organization: {name: acme}\nclusters: []\n"],
    [
      "missing-setting",
      "clusters.0.context",
      3,
      "organization: {name: acme}\nclusters:\n  - {name: dev, role: development, domain: d.example.org}\n",
    ],
    [
      "unknown-setting",
      "clusters.0.contxt",
      3,
      "organization: {name: acme}\nclusters:\n  - {name: dev, role: r, domain: d.example.org, context: c, contxt: d}\n",
    ],
    [
      "invalid-setting",
      "clusters.0.name",
      3,
      "organization: {name: acme}\nclusters:\n  - {name: Dev_1, role: r, domain: d.example.org, context: c}\n",
    ],
    [
      "double-environment",
      "clusters.1.name",
      4,
      "organization: {name: acme}\nclusters:\n  - {name: dev, role: r, domain: d, context: c}\n  - {name: dev, role: r, domain: d, context: c}\n",
    ],
    ["wrong-type", "", 1, "- organization\n"],
    ["wrong-type", "", 1, ""],
  ])("%s at %s, line %i", (code, key, line, text) => {
    expect(problems(text)).toMatchObject([{ code, file, key, line }]);
  });
});

describe("state: in organization.yaml is refused", () => {
  it.each([
    ["invalid-setting", "state.backend", 6, ["backend: htp"], 'did you mean "http"?'],
    ["invalid-setting", "state.backend", 6, ["backend: local"], "one of http, s3"],
    ["invalid-setting", "state.backend", 6, ["backend: legacy.gitlab"], "one of http, s3"],
    ["unknown-setting", "state.bakend", 6, ["bakend: http"], 'did you mean "backend"?'],
    ["unknown-stack", "state.stacks.arc-runner", 7, ["stacks:", "  arc-runner: s3"], 'did you mean "arc-runners"?'],
    ["invalid-setting", "state.stacks.arc-runners", 7, ["stacks:", "  arc-runners: s4"], 'did you mean "s3"?'],
    [
      "unknown-environment",
      "state.stacks.arc-runners.pord",
      7,
      ["stacks:", "  arc-runners: {pord: s3}"],
      'did you mean "prod"?',
    ],
    [
      "invalid-setting",
      "state.stacks.arc-runners.dev",
      8,
      ["stacks:", "  arc-runners:", "    dev: htpp"],
      'did you mean "http"?',
    ],
    ["invalid-setting", "state.stacks.arc-runners", 7, ["stacks:", "  arc-runners: local"], "one of http, s3"],
    ["invalid-setting", "state.http.address", 7, ["http:", "  address: state.example.org"], "http:// or https://"],
    [
      "unknown-setting",
      "state.http.adress",
      7,
      ["http:", "  adress: https://state.example.org"],
      'did you mean "address"?',
    ],
    ["invalid-setting", "state.http.lock_method", 7, ["http:", "  lock_method: post"], "an HTTP method"],
    ["missing-setting", "state.s3.endpoint", 6, ["s3: {bucket: tofu-state}"], "a text"],
    ["invalid-setting", "state.s3.bucket", 6, ["s3: {endpoint: 'https://s3', bucket: Tofu_State}"], "a bucket name"],
    [
      "invalid-setting",
      "state.s3.use_lockfile",
      6,
      ["s3: {endpoint: 'https://s3', bucket: tofu-state, use_lockfile: 'no'}"],
      "true or false",
    ],
    [
      "unknown-setting",
      "state.s3.use_lock_file",
      6,
      ["s3: {endpoint: 'https://s3', bucket: tofu-state, use_lock_file: true}"],
      'did you mean "use_lockfile"?',
    ],
    [
      "unknown-stack",
      "state.s3.keys.atic",
      6,
      ["s3: {endpoint: 'https://s3', bucket: tofu-state, keys: {atic: {prod: a}}}"],
      "one of",
    ],
    [
      "unknown-environment",
      "state.s3.keys.arc-runners.prd",
      6,
      ["s3: {endpoint: 'https://s3', bucket: tofu-state, keys: {arc-runners: {prd: a}}}"],
      'did you mean "prod"?',
    ],
    [
      "unknown-setting",
      "state.legacy.gitlb",
      6,
      ["legacy: {gitlb: {address: 'https://gitlab.example.org'}}"],
      'did you mean "gitlab"?',
    ],
    [
      "unknown-stack",
      "state.allow_destroy.arc-runner",
      6,
      ["allow_destroy: {arc-runner: [x.y]}"],
      'did you mean "arc-runners"?',
    ],
    [
      "unknown-stack",
      "state.allow_destroy.arc-runners-dev",
      6,
      ["allow_destroy: {arc-runners-dev: [x.y]}"],
      "id of a stack",
    ],
    ["unknown-stack", "state.release.nope-prod", 6, ["release: {nope-prod: [x.y]}"], "id of a stack"],
    ["invalid-setting", "state.allow_destroy.arc-runners", 6, ["allow_destroy: {arc-runners: x.y}"], "a list"],
  ])("%s at %s, line %i", (code, key, line, lines, expected) => {
    expect(inState(...lines)).toMatchObject([{ code, file, key, line, expected: expect.stringContaining(expected) }]);
  });

  it.each([
    ["unknown-setting", "state.http.password", ["http:", "  address: https://h/{stack}-{env}", "  password: canary"]],
    ["unknown-setting", "state.http.username", ["http:", "  address: https://h/{stack}-{env}", "  username: canary"]],
    [
      "unknown-setting",
      "state.s3.secret_key",
      ["s3: {endpoint: 'https://s3', bucket: tofu-state, secret_key: canary}"],
    ],
    ["secret-in-file", "state.http.address", ["http: {address: 'https://ci:canary@h/{stack}-{env}'}"]],
    ["secret-in-file", "state.http.unlock_address", ["http: {unlock_address: 'https://canary@h/{stack}-{env}'}"]],
    ["secret-in-file", "state.s3.endpoint", ["s3: {endpoint: 'https://ci:canary@s3', bucket: tofu-state}"]],
    ["secret-in-file", "state.legacy.gitlab.address", ["legacy: {gitlab: {address: 'https://ci:canary@h'}}"]],
    ["invalid-setting", "state.http.address", ["http: {address: 'ftp://ci:canary@h/{stack}-{env}'}"]],
  ])("where it holds a credential, and never says it: %s at %s", (code, key, lines) => {
    const found = inState(...lines);
    expect(found).toMatchObject([{ code, file, key }]);
    if (code !== "invalid-setting") expect(found[0]?.expected).toContain("environment");
    expect(JSON.stringify(found)).not.toContain("canary");
  });
});

it("the flag may differ by stack, and by stack and environment", () => {
  const settings = Object.fromEntries(
    movableStacks.flatMap((stack) =>
      ["dev", "prod"].map((environment) => [`environments/${environment}/${stack}.yaml`, leastSettings[stack] ?? ""]),
    ),
  );
  const configuration = loadConfiguration(
    configFolder({
      [file]: organization("state: {backend: http, stacks: {runner-dashboard: s3, arc-runners: {prod: s3}}}"),
      ...settings,
    }),
  );
  const onS3 = configuration.stacks
    .filter((stack) => chosenBackend(configuration, stack) === "s3")
    .map(({ stateName }) => stateName);
  expect(onS3.sort()).toEqual(["arc-runners-prod", "runner-dashboard-dev", "runner-dashboard-prod"]);
});
