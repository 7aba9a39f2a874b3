import { UserError } from "../../lib/errors";
import { outliveReaders } from "../../lib/child";
import { withTemporaryFolder } from "../../lib/files";
import { Interrupted, nothingRuns } from "../../lib/signals";
import { actOne } from "./act-one";
import { actThree } from "./act-three";
import { actTwo } from "./act-two";
import { showPullRequest } from "./pull-request";
import { engineOrBuild } from "../../tools/engine";
import { Stage } from "./stage";
import { StatePlace } from "./state-place";

/** `make demo`: three acts, on a machine with nothing of ours. Nothing is left running, nothing is left in the clone. */
async function demo(): Promise<void> {
  const interrupted = untilSignal();
  interrupted.catch(() => undefined);
  await withTemporaryFolder(async (folder) => {
    const stage = new Stage(folder, (text) => process.stdout.write(text));
    // What takes long begins now and is waited for where it is needed.
    const engine = engineOrBuild((line) => stage.say(line));
    engine.catch(() => undefined);
    const place = new StatePlace(stage);
    try {
      await Promise.race([play(stage, engine, place), interrupted]);
    } finally {
      await nothingRuns();
      await stage.strike();
      await place.stop();
    }
  });
}

async function play(stage: Stage, engine: Promise<string>, place: StatePlace): Promise<void> {
  await actOne(stage);
  const path = await engine;
  await actTwo(stage, path);
  await showPullRequest(stage, path);
  await actThree(stage, path, place);
  stage.say(
    "\nNothing is left running. What was replay and what was real: README.md.\nnext: make install-cli && flywheel preview    (and from your own files: docs/start.md)",
  );
}

/** Races the demo against a signal, which leaves everything to be put in order by `demo`. */
function untilSignal(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => reject(new Interrupted(signal)));
  });
}

outliveReaders();
demo().then(
  () => process.exit(0),
  (error: unknown) => {
    if (error instanceof Interrupted) {
      process.stderr.write(`${error.message}: everything that was started is ended, nothing is left behind\n`);
      process.exit(error.exitCode);
    }
    const text = error instanceof UserError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text ?? ""}\n`);
    process.exit(1);
  },
);
