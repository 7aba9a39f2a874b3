import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { findEngine } from "../../support/engines";
import { type Deed, onTerminal } from "../../support/terminal";

/** Outside of a synthesized stack bin/engine is the engine and nothing else: what is shown here is how any engine of ours is run. */
const guard = join(repositoryRoot, "bin", "engine");
let folder: string;
const told = () => (existsSync(join(folder, "told")) ? readFileSync(join(folder, "told"), "utf8") : "");
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "flywheel-signals-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An engine that writes down each interrupt it gets, and takes its time to end after the first. */
function countingEngine(wrapped = false): NodeJS.ProcessEnv {
  const engine = join(folder, "counting-engine");
  const count = `trap 'echo interrupt >> told; stop=1' INT; trap 'echo terminated >> told; exit 1' TERM; trap 'echo hung up >> told; exit 1' HUP
echo at work; while [ -z "$stop" ]; do sleep 0.05; done; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done; echo saved >> told; exit 0`;
  writeFileSync(engine, `#!/bin/sh\n${count}\n`);
  chmodSync(engine, 0o755);
  const wrapper = join(folder, "wrapper");
  writeFileSync(wrapper, `#!/bin/sh\n"${engine}" "$@"\nexit $?\n`);
  chmodSync(wrapper, 0o755);
  return { PATH: process.env["PATH"], HOME: process.env["HOME"], FLYWHEEL_ENGINE: wrapped ? wrapper : engine };
}

describe("an engine gets one interrupt and is waited for, and the exit code tells the signal", () => {
  it.each<[string, Deed, number, boolean]>([
    ["Ctrl-C on a terminal, which signals the whole group", "type:\\x03", 130, false],
    ["Ctrl-C three times", "type:\\x03\\x03\\x03", 130, false],
    ["Ctrl-C, with a script around the engine", "type:\\x03", 130, true],
    ["SIGINT to our process alone", "signal:SIGINT", 130, false],
    ["SIGTERM to our process alone", "signal:SIGTERM", 143, false],
    ["SIGTERM, with a script around the engine", "signal:SIGTERM", 143, true],
    ["a terminal that is closed", "hang-up", 129, false],
  ])("%s", async (_name, deed, code, wrapped) => {
    const env = countingEngine(wrapped);
    const result = await onTerminal({
      command: [process.execPath, guard, "plan"],
      cwd: folder,
      env,
      at: /at work/,
      deed,
    });
    expect([result.code, told()]).toEqual([code, "interrupt\nsaved\n"]);
  });
});

it("an engine can ask on the terminal", async () => {
  const engine = join(folder, "asking-engine");
  writeFileSync(engine, '#!/bin/sh\necho "Enter a value:"; read answer; echo "answer: <$answer>"\n');
  chmodSync(engine, 0o755);
  const env = { ...countingEngine(), FLYWHEEL_ENGINE: engine };
  const command = [process.execPath, guard, "apply"];
  const { code, said } = await onTerminal({ command, cwd: folder, env, at: /a value:/, deed: "type:yes\\n" });
  expect([code, said]).toEqual([0, expect.stringContaining("answer: <yes>")]);
});

it("an engine outlives the reader of its output: with `| tee`, Ctrl-C ends tee as well", async () => {
  const engine = join(folder, "talking-engine");
  writeFileSync(
    engine,
    "#!/bin/sh\ntrap 'stop=1' INT; echo at work; while [ -z \"$stop\" ]; do sleep 0.05; done; echo one; echo two; echo saved >> told\n",
  );
  chmodSync(engine, 0o755);
  const child = spawn(process.execPath, [guard, "plan"], {
    cwd: folder,
    env: { ...countingEngine(), FLYWHEEL_ENGINE: engine },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.once("data", () => {
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect([code, told()]).toEqual([130, "saved\n"]);
});

it("the real engine saves what was done and gives its lock back", async () => {
  const program = {
    resource: {
      terraform_data: {
        done: { input: "kept" },
        slow: {
          depends_on: ["terraform_data.done"],
          provisioner: [{ "local-exec": { command: "echo at work; sleep 60" } }],
        },
      },
    },
  };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(program));
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], FLYWHEEL_ENGINE: findEngine().path };
  const run = (...args: readonly string[]) => [process.execPath, guard, ...args];
  await onTerminal({ command: run("init"), cwd: folder, env, at: /never/, deed: "hang-up" });
  const applied = await onTerminal({
    command: run("apply", "-auto-approve"),
    cwd: folder,
    env,
    at: /local-exec.*at work/,
    deed: "type:\\x03",
  });
  expect(applied).toEqual({ code: 130, said: expect.stringContaining("Interrupt received") });
  expect(applied.said).not.toContain("Two interrupts");
  expect(readFileSync(join(folder, "terraform.tfstate"), "utf8")).toContain('"kept"');
  expect(existsSync(join(folder, ".terraform.tfstate.lock.info"))).toBe(false);
});
