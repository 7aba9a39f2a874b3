import { Command } from "commander";
import { addEveryDay } from "../../cli/groups/every-day";
import { addInCi } from "../../cli/groups/in-ci";
import { addLab } from "../../cli/groups/in-the-lab";
import { addMovingState } from "../../cli/groups/moving-state";
import { addWhenItBreaks } from "../../cli/groups/when-it-breaks";
import { type Outcome, type ChildOptions, runFlywheel } from "../stacks/synth/child";
import { everyStack, oneStack } from "../lib/backend/support";
import { temporaryFolder } from "../lib/config/support";

const state = "state: {http: {address: 'https://state.example.org/state/{stack}-{env}'}}";
const config = everyStack(state);

const flywheel = (args: readonly string[], options: Partial<ChildOptions> = {}): Promise<Outcome> =>
  runFlywheel(args, { cwd: temporaryFolder(), ...options, env: { FLYWHEEL_CONFIG_DIR: config, ...options.env } });

/** The commands that the help lists. */
async function commands(): Promise<readonly string[]> {
  const { stdout } = await flywheel(["--help"]);
  return [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?= .*[[<])/gm)].flatMap(([, name]) =>
    name === undefined || name === "help" ? [] : [name],
  );
}

describe("help", () => {
  it("groups the commands by occasion", async () => {
    const { code, stdout, stderr } = await flywheel(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const group of ["Every day:", "Moving state:", "The lab:"]) expect(stdout).toContain(group);
    expect(await commands()).toEqual(expect.arrayContaining(["preview", "register", "serve", "replay"]));
  });

  it("of every command has an example that begins as one types it", async () => {
    let said = "";
    const program = new Command("flywheel")
      .enablePositionalOptions()
      .configureOutput({ writeOut: (text) => (said += text) });
    for (const add of [addEveryDay, addMovingState, addWhenItBreaks, addInCi, addLab]) add(program);
    const listed = await commands();
    expect(listed.length).toBeGreaterThan(10);
    for (const name of listed) {
      said = "";
      program.commands.find((command) => command.name() === name)?.outputHelp();
      expect(said).toMatch(new RegExp(`Examples?:\\n {2}.*flywheel ${name}`));
    }
    // What the command prints is the same, and no failure.
    const [first = ""] = listed;
    said = "";
    program.commands.find((command) => command.name() === first)?.outputHelp();
    expect(await flywheel([first, "--help"])).toMatchObject({ code: 0, stdout: said, stderr: "" });
  });
});

describe("wrong use exits 2", () => {
  it.each([
    [[]],
    [["prevew"]],
    [["preview", "--nope"]],
    [["replay"]],
    [["preview", "--state", "old.tfstate"]],
    [["preview", "arc-runners", "arc-runners-prod", "--state", "old.tfstate"]],
    [["serve", "--listen", "8080"]],
    [["serve", "--listen", "127.0.0.1:99999"]],
    [["serve", "--listen", "127.0.0.1:0", "--cert", "c.pem"]],
  ])("%j", async (args) => {
    const { code, stdout, stderr } = await flywheel(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toBe("");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("an operator's mistake exits 1, in one message", () => {
  it("an unknown id, with the nearest", async () => {
    const { code, stdout, stderr } = await flywheel(["preview", "arc-runner-prod"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain('did you mean "arc-runners-prod"?');
  });

  it("no engine", async () => {
    const { code, stderr } = await flywheel(["preview", "arc-runners"], {
      env: { PATH: "/nowhere", XDG_CACHE_HOME: temporaryFolder() },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^neither tofu nor terraform is on PATH\n/);
    const named = await flywheel(["preview", "arc-runners"], { env: { FLYWHEEL_ENGINE: "/nowhere/tofu" } });
    expect(named).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^FLYWHEEL_ENGINE is \/nowhere\/tofu, and there is no such program\n/),
    });
  });

  it("a configuration that is wrong", async () => {
    const { code, stderr } = await flywheel(["preview"], {
      env: { FLYWHEEL_CONFIG_DIR: oneStack("state: {bakend: http}") },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('did you mean "backend"?');
  });
});

describe("--json", () => {
  it.each([
    ["unknown-stack", ["preview", "arc-runner", "--json"], {}],
    ["no-configuration", ["preview", "--json"], { FLYWHEEL_CONFIG_DIR: "/nowhere" }],
    ["no-engine", ["preview", "arc-runners", "--json"], { FLYWHEEL_ENGINE: "/nowhere/tofu" }],
    ["usage", ["preview", "--state", "x", "--json"], {}],
    ["unknown-stack", ["register", "arc-runner", "--json"], {}],
  ])("says a failure as one document: %s", async (code, args, env: Readonly<Record<string, string>>) => {
    const { code: exitCode, stdout } = await flywheel(args, { env });
    expect(exitCode).toBe(code === "usage" ? 2 : 1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [{ code }] });
  });
});

describe("colour", () => {
  it("is for terminals: a pipe gets none, with or without NO_COLOR", async () => {
    const environments: readonly Readonly<Record<string, string>>[] = [{}, { NO_COLOR: "1" }, { FORCE_COLOR: "" }];
    for (const env of environments) {
      const { stdout, stderr } = await flywheel(["--help"], { env });
      expect(stdout + stderr).not.toContain("\u001b[");
    }
  });
});

describe("replay", () => {
  const script = (text: string): readonly string[] => ["replay", "--", process.execPath, "-e", text];

  it.each([0, 1, 2, 7])("passes the command's exit code %i", async (code) => {
    expect(await flywheel(script(`process.exit(${code})`))).toMatchObject({ code });
  });

  it("passes both streams, and says on stderr that it is a replay", async () => {
    const { stdout, stderr } = await flywheel(
      script("console.log('to out'); console.error('to err'); if (!process.env.TF_REATTACH_PROVIDERS) process.exit(1)"),
    );
    expect(stdout).toBe("to out\n");
    expect(stderr).toMatch(/replay: .*\nto err\n/);
  });

  it("leaves the command's options to the command", async () => {
    expect((await flywheel(["replay", process.execPath, "-p", "'--json'"])).stdout).toBe("--json\n");
  });

  it("of a program that is not there is one sentence", async () => {
    const { code, stderr } = await flywheel(["replay", "--", "no-such-program"]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot run no-such-program");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
