import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { configFolder, leastSettings, organization, temporaryFolder, writeFiles } from "../../lib/config/support";
import { freePort } from "../../../lab/s3/server-process";
import { findEngines } from "../../support/engines";
import { modeOf } from "../backup/support";
import { credentials, cutOff, httpBackend, newGate, serve, type Server, waitsFor } from "./lost";
import { runChild, runFlywheel, type Outcome } from "../../stacks/synth/child";

/**
 * A real errored.tfstate: the state server goes away in the middle of an apply, so that the engine can neither save its state nor
 * give its lock back. Then the server comes back, and so does the state.
 */
const tools = join(homedir(), ".cache", "flywheel", "tools");
const built = existsSync(tools)
  ? readdirSync(tools)
      .filter((name) => name.startsWith("opentofu-"))
      .map((name) => ({ name: "tofu", path: join(tools, name, "tofu") }))
  : [];
const engines = [...new Map([...findEngines(), ...built].map((engine) => [engine.name, engine])).values()];

describe.each(engines)("recover what $name could not save", ({ path }) => {
  let config: string;
  let folder: string;
  let store: string;
  let port: number;
  let server: Server;
  let lockId: string;

  const address = () => `http://127.0.0.1:${port}/state/arc-runners-dev`;
  const engine = (...args: string[]): Promise<Outcome> =>
    runChild(path, args, { cwd: folder, env: { ...credentials, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" } });
  const flywheel = (...args: string[]): Promise<Outcome> =>
    runFlywheel(args, { cwd: config, env: { FLYWHEEL_CONFIG_DIR: config, ...credentials } });
  const errored = () => join(folder, "errored.tfstate");
  const stateThere = async (): Promise<{ serial: number; lineage: string }> => {
    const answer = await fetch(address(), {
      headers: { authorization: `Basic ${Buffer.from("ann:correct-horse").toString("base64")}` },
    });
    return (await answer.json()) as { serial: number; lineage: string };
  };

  beforeAll(async () => {
    [port, store] = [await freePort(), join(temporaryFolder(), "states")];
    config = configFolder({
      "organization.yaml": organization(`state: {http: {address: "http://127.0.0.1:${port}/state/{stack}-{env}"}}`),
      "environments/dev/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
    });
    // Where cdktf runs the engine, so that recover finds the file by itself.
    folder = join(config, "cdktf.out", "stacks", "arc-runners");
    mkdirSync(folder, { recursive: true });
    writeFiles(folder, {
      "main.tf": [
        httpBackend(address()),
        `variable "gate" { default = "" }`,
        `resource "terraform_data" "one" { input = "one" }`,
        `resource "terraform_data" "two" {\n  count = var.gate == "" ? 0 : 1\n  input = "two"\n  ${waitsFor("${var.gate}")}\n}`,
        "",
      ].join("\n"),
    });
    server = await serve(config, store, port);
    expect(await engine("init", "-no-color")).toMatchObject({ code: 0 });
    expect(await engine("apply", "-auto-approve", "-no-color")).toMatchObject({ code: 0 });
    expect(await flywheel("register", "arc-runners")).toMatchObject({ code: 0 });

    const gate = newGate();
    await cutOff(gate, engine("apply", "-auto-approve", "-no-color", `-var=gate=${gate}`), () => server.stop());
    expect(existsSync(errored())).toBe(true);
    server = await serve(config, store, port);
  }, 120_000);
  afterAll(async () => server.stop());

  it("meets the lock of the run that failed, and names the command", async () => {
    const refused = await flywheel("recover", "arc-runners");
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /arc-runners is locked by .*apply.*\n[\s\S]*flywheel unlock arc-runners [0-9a-f-]{36}/,
      ),
    });
    lockId = /unlock arc-runners ([0-9a-f-]{36})/.exec(refused.stderr)?.[1] ?? "";
    expect(await flywheel("unlock", "arc-runners", lockId)).toMatchObject({ code: 0 });
  });

  it("puts it back, keeps what was there, and the next plan is empty", async () => {
    const before = await stateThere();
    const wanted = JSON.parse(readFileSync(errored(), "utf8")) as { serial: number; lineage: string };
    expect(wanted).toMatchObject({ lineage: before.lineage });
    expect(wanted.serial).toBeGreaterThan(before.serial);
    const recovered = await flywheel("recover", "arc-runners");
    expect(recovered).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`serial ${wanted.serial} is at ${address()} now; before it was ${before.serial}`),
    });
    expect(await stateThere()).toEqual(wanted);
    const kept = join(folder, `arc-runners-dev.serial-${before.serial}.replaced.tfstate`);
    expect(JSON.parse(readFileSync(kept, "utf8"))).toEqual(before);
    expect(modeOf(kept)).toBe(0o600);
    expect(await engine("plan", "-no-color", "-detailed-exitcode", "-var=gate=/nowhere")).toMatchObject({ code: 0 });
  });

  it("has nothing to do the second time", async () => {
    expect(await flywheel("recover", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("nothing to do"),
    });
  });

  it("refuses another lineage, a lower serial, the serial of other bytes, what is no state, what is not there", async () => {
    const state = JSON.parse(readFileSync(errored(), "utf8")) as { serial: number };
    const before = await stateThere();
    const cases: readonly [object | string, string][] = [
      [{ ...state, serial: state.serial + 1, lineage: "another" }, "lineage-changed"],
      [{ ...state, serial: state.serial - 1 }, "serial-lowered"],
      [{ ...state, outputs: { changed: { value: 1, type: "number" } } }, "serial-taken"],
      ['{"version": 4, "ser', "not-a-state"],
    ];
    for (const [content, code] of cases) {
      const file = join(temporaryFolder(), "other.tfstate");
      writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
      expect(await flywheel("recover", "arc-runners", file, "--json")).toMatchObject({
        code: 1,
        stdout: expect.stringContaining(`"${code}"`),
      });
      expect(readdirSync(join(file, ".."))).toEqual(["other.tfstate"]);
    }
    expect(await flywheel("recover", "arc-runners", "/nowhere/errored.tfstate", "--json")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"no-errored-state"'),
    });
    writeFileSync(join(config, "errored.tfstate"), "{}");
    expect(await flywheel("recover", "arc-runners", "--json")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"two-errored-states"'),
    });
    expect(await stateThere()).toEqual(before);
    // And no lock is left behind by any of them.
    expect(await engine("plan", "-no-color", "-detailed-exitcode", "-var=gate=/nowhere")).toMatchObject({ code: 0 });
  });
});
