import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { temporaryFolder } from "../../authority/support";
import { findEngine } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";
import { markedProcesses } from "../../support/marked-processes";
import { type Deed, onTerminal } from "../../support/terminal";

/** `flywheel apply` as typed on a terminal: after a signal no further step of it starts. What any engine run does then: lib/signals. */
jest.setTimeout(4 * 60_000);

const open = worldsOverMinio();
const replay = replayedProviders();

/** The real engine; the step in FLYWHEEL_TEST_STEP hangs in the stack's folder until it is interrupted, and takes its time to end then. */
function hangingEngine(folder: string): string {
  const engine = join(folder, "engine");
  const script = `#!/bin/sh
case "$PWD" in */cdktf.out/stacks/*) ;; *) exec "${findEngine().path}" "$@" ;; esac
case "$1" in init|plan|apply) echo "$1" >> "${folder}/steps" ;; esac
[ "$1" = "$FLYWHEEL_TEST_STEP" ] || exec "${findEngine().path}" "$@"
trap 'echo interrupted >> "${folder}/steps"; stop=1' INT
echo at work; while [ -z "$stop" ]; do sleep 0.05; done; sleep 1; echo ended >> "${folder}/steps"
`;
  writeFileSync(engine, script);
  chmodSync(engine, 0o755);
  return engine;
}

// /proc is how it looks for processes that were left.
(process.platform === "linux" ? it : it.skip).each<[string, string, readonly string[], Deed, number]>([
  ["Ctrl-C during init", "init", ["init"], "type:\\x03", 130],
  ["Ctrl-C during plan", "plan", ["init", "plan"], "type:\\x03", 130],
  ["Ctrl-C during apply", "apply", ["init", "plan", "apply"], "type:\\x03", 130],
  ["SIGTERM to us alone during plan", "plan", ["init", "plan"], "signal:SIGTERM", 143],
  ["SIGHUP to us alone during apply", "apply", ["init", "plan", "apply"], "signal:SIGHUP", 129],
])("%s", async (_name, step, steps, deed, code) => {
  const { clone } = await open();
  const folder = temporaryFolder();
  const env = {
    ...clone.environment,
    FLYWHEEL_CONFIG_DIR: clone.config,
    FLYWHEEL_ENGINE: hangingEngine(folder),
    FLYWHEEL_TEST_STEP: step,
    FLYWHEEL_TEST_MARK: folder,
    FLYWHEEL_REPLAY: "1",
    TF_REATTACH_PROVIDERS: replay.reattach,
  };
  const command = [process.execPath, join(repositoryRoot, "bin", "flywheel"), "apply", "arc-runners", "--auto-approve"];
  const result = await onTerminal({ command, cwd: folder, env, at: /at work/, deed });
  expect([result.code, readFileSync(join(folder, "steps"), "utf8").trim().split("\n")]).toEqual([
    code,
    [...steps, "interrupted", "ended"],
  ]);
  expect(result.said).toContain("is asked to stop, and waited for; nothing else will be started");
  expect(markedProcesses(`FLYWHEEL_TEST_MARK=${folder}`)).toEqual([]);
});
