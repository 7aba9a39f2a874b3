import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { resolveContracts } from "../../../lib/backend/resolve";
import { loadConfiguration, type ProgramInstance } from "../../../lib/config/load";
import { BaseStack } from "../../../lib/constructs/base-stack";
import { repositoryRoot } from "../../../lib/root";
import { synthesize } from "../../../stacks/synth";
import { everyStack, oneStack, refusalOf } from "../../lib/backend/support";
import { temporaryFolder } from "../../lib/config/support";
import { runChild, runSynth } from "./child";

const state = "state: {http: {address: 'https://state.example.org/state/{stack}-{env}'}}";
const config = everyStack(state);
const env = { FLYWHEEL_CONFIG_DIR: config };

/** Every file below a folder, by path. */
function filesIn(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]));
}

async function synthesizeHere(): Promise<string> {
  const folder = temporaryFolder();
  const configuration = loadConfiguration(config);
  synthesize({
    configuration,
    stacks: configuration.stacks,
    contracts: await resolveContracts(configuration, configuration.stacks, {}),
    folder,
  });
  return folder;
}

describe("synth", () => {
  it("writes the same bytes twice, from any folder, in a process of its own or not", async () => {
    const [here, again, elsewhere] = [await synthesizeHere(), await synthesizeHere(), temporaryFolder()];
    const outcome = await runSynth({ cwd: elsewhere, env });
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(filesIn(again)).toEqual(filesIn(here));
    expect(stacksOf(filesIn(join(elsewhere, "cdktf.out")))).toEqual(stacksOf(filesIn(here)));
    expect(Object.keys(stacksOf(filesIn(here)))).toHaveLength(loadConfiguration(config).stacks.length);
  });

  it("depends on no variable, clock or locale that is not named in the design", async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()];
    await runSynth({ cwd: one, env });
    const noise = {
      ...env,
      TZ: "Pacific/Chatham",
      LANG: "tr_TR.UTF-8",
      LC_ALL: "tr_TR.UTF-8",
      KUBECONFIG: "/k",
      KUBE_CONFIG_PATH: "/k",
      TF_VAR_k8s_config_path: "/k",
      AWS_REGION: "x",
      TF_HTTP_ADDRESS: "https://other",
      TF_WORKSPACE: "w",
      CI: "1",
    };
    await runSynth({ cwd: other, env: noise });
    expect(filesIn(join(other, "cdktf.out"))).toEqual(filesIn(join(one, "cdktf.out")));
  });

  it("opens no socket and asks no name", async () => {
    const guard = join(__dirname, "no-network.cjs");
    const folder = temporaryFolder();
    expect(await runSynth({ cwd: folder, env: { ...env, NODE_OPTIONS: `--require ${guard}` } })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    // And the guard does guard.
    const caught = await runChild(process.execPath, ["--require", guard, "-e", "require('node:net').connect(9)"], {
      cwd: folder,
    });
    expect(caught).toMatchObject({ code: 1, stderr: expect.stringContaining("synth used the network") });
  });

  // Fails until stacks/synth.ts passes skipValidation to cdktf's App: cdktf asks `terraform version` for each terraform_data.
  it("needs no engine and starts no program", async () => {
    expect(await runSynth({ cwd: temporaryFolder(), env: { ...env, PATH: "/nowhere" } })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("is refused without a stack trace, with every problem, and writes nothing", async () => {
    const folder = temporaryFolder();
    const outcome = await runSynth({ cwd: folder, env: { FLYWHEEL_CONFIG_DIR: everyStack("") } });
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toBe("");
    expect(outcome.stderr.match(/has no state address/g)).toHaveLength(loadConfiguration(config).stacks.length);
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is refused an allow_destroy of what is not there", async () => {
    const problems = await refusalOf(
      oneStack(`${state.slice(0, -1)}, allow_destroy: {arc-runners: [random_password.gone]}}`),
    );
    expect(problems).toMatchObject([
      {
        code: "unknown-address",
        file: "organization.yaml",
        key: "state.allow_destroy.arc-runners",
        what: expect.stringContaining("random_password.gone"),
      },
    ]);
  });
});

describe("addresses", () => {
  it("have no hash and no stack's name in them, in every stack", async () => {
    const stacks = stacksOf(filesIn(await synthesizeHere()));
    for (const text of Object.values(stacks)) {
      const { resource = {}, data = {} } = JSON.parse(text) as {
        resource?: Record<string, object>;
        data?: Record<string, object>;
      };
      const names = [resource, data].flatMap((types) => Object.values(types).flatMap((named) => Object.keys(named)));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        expect(name).toMatch(/^[a-z][a-z0-9_-]*$/);
        expect(name).not.toMatch(/_[0-9A-F]{8}$/i);
      }
    }
  });

  it("that two constructs would share are refused", () => {
    const [instance] = loadConfiguration(oneStack(state)).stacks;
    if (instance === undefined) throw new Error("one stack is configured");
    expect(() => new Doubled(instance)).toThrow(
      "kubernetes_namespace_v1.a_b would be both arc-runners/a_b and arc-runners/a/b",
    );
  });
});

/** Two namespaces that end at one address by different ways. */
class Doubled extends BaseStack {
  readonly addresses: readonly string[];

  constructor(instance: ProgramInstance) {
    super(new App({ outdir: temporaryFolder() }), { instance, allowDestroy: [], organizationFile: "" }, {});
    const outer = new NamespaceV1(this, "a_b", { metadata: { name: "one" } });
    const scope = new NamespaceV1(this, "a", { metadata: { name: "two" } });
    const inner = new NamespaceV1(scope, "b", { metadata: { name: "three" } });
    this.addresses = [outer.fqn, inner.fqn];
  }
}

describe("a source that does not compile", () => {
  it("is never run as it was: synth fails and names the file and line", async () => {
    const copy = temporaryFolder();
    const sources = [
      "authority",
      "bench",
      "bin",
      "ci",
      "cli",
      "lab",
      "lib",
      "planning",
      "stacks",
      "tools",
      "main.ts",
      "cdktf.json",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
    ];
    for (const name of sources) cpSync(join(repositoryRoot, name), join(copy, name), { recursive: true });
    symlinkSync(join(repositoryRoot, "node_modules"), join(copy, "node_modules"));
    const folder = join(copy, "work");
    mkdirSync(folder);
    expect(await runSynth({ cwd: folder, env }, copy)).toMatchObject({ code: 0 });
    const source = join(copy, "stacks/synth.ts");
    writeFileSync(
      source,
      readFileSync(source, "utf8").replace("export function synthesize(", "export function synthesize(("),
    );
    const outcome = await runSynth({ cwd: folder, env }, copy);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(/^stacks\/synth\.ts:\d+: /) });
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
  });
});

/** The manifest names the folder it is in; the stacks' own files never do. */
function stacksOf(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path.endsWith("cdk.tf.json")));
}
