import { UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { actOne } from "./act-one";
import { actThree } from "./act-three";
import { actTwo } from "./act-two";
import { showPullRequest } from "./pull-request";
import { engineOrBuild } from "../../tools/engine-or-build";
import { Stage } from "./stage";
import { StatePlace } from "./state-place";

/** `make demo`: three acts, on a machine with nothing of ours. Nothing is left running, nothing is left in the clone. */
async function demo(): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const stage = new Stage(folder, (text) => process.stdout.write(text));
    // What takes long begins now and is waited for where it is needed.
    const engine = engineOrBuild((line) => stage.say(line));
    engine.catch(() => undefined);
    const place = new StatePlace(stage);
    const interrupted = new Promise<never>((_, reject) => {
      const stop = (signal: NodeJS.Signals) => reject(new Interrupted(signal));
      process.once("SIGINT", stop).once("SIGTERM", stop);
    });
    try {
      await Promise.race([play(stage, engine, place), interrupted]);
    } finally {
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
  stage.say("\nNothing is left running. What was replay and what was real: README.md. The next step: docs/.");
}

class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}: everything that was started is ended, nothing is left behind`);
  }
}

demo().then(
  () => process.exit(0),
  (error: unknown) => {
    const known = error instanceof UserError || error instanceof Interrupted;
    process.stderr.write(
      `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(error instanceof Interrupted ? 130 : 1);
  },
);
