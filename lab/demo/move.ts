import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load";
import { repositoryRoot } from "../../lib/root";
import { type S3Server } from "../s3/s3-server";
import { type Act, movedEnvironment, serve } from "./act";
import { Client } from "./client";
import { demoFailed, environmentMissing } from "../refusals";

const flywheel = join(repositoryRoot, "bin", "flywheel");

/** A state leaves an old server for the bucket: killed half-way, finished from a second clone, while another client keeps planning. */
export async function moveUnderFire(act: Act, s3: S3Server): Promise<void> {
  const { stage, engine, env, url } = act;
  const stack = loadConfiguration(stage.configuration).stacks.find(
    ({ environment }) => environment === movedEnvironment,
  );
  if (stack === undefined) throw environmentMissing();
  const { id, stateName } = stack;
  const key = `${stack.environment}/${stack.stack}/terraform.tfstate`;

  stage.say(`\nNow a state that lives on an old server, somebody else's: ${stateName}. It moves into the bucket.`);
  const old = await serve(stage, env, ["--store", "file", "--dir", join(stage.folder, "old-states")]);
  stage.setOrganization([[["state", "legacy"], { gitlab: { address: `${old.url}/state/{stack}-{env}` } }]]);
  const before = await Client.at(stage, engine, "old-place", { address: `${old.url}/state/${stateName}` }, env);
  await expectCode(before.run(/Apply complete/, "apply", "-auto-approve", "-no-color"), 0);
  await expectCode(before.run(/No changes/, "plan", "-no-color", "-detailed-exitcode"), 0);

  const secondClone = join(stage.folder, "second-clone");
  cpSync(stage.configuration, secondClone, { recursive: true });
  const planning = keepPlanning(before);
  stage.say("Another client keeps planning all the while.\n");
  const args = [flywheel, "cutover", id, "--to", "s3", "--from", "legacy.gitlab"];
  const shown = `flywheel cutover ${id} --to s3 --from legacy.gitlab`;
  stage.say(`$ ${shown}`);
  const first = stage.start(process.execPath, args, { env });
  await stage.waitFor(first, /step 5 of 9/, shown);
  await stage.kill(first);
  stage.say("  step 5 of 9 ... kill -9: this laptop is gone.");
  await stage.run(
    "flywheel status    # in a second clone, which knows nothing of it",
    process.execPath,
    [flywheel, "status", id],
    { env: { ...env, FLYWHEEL_CONFIG_DIR: secondClone }, show: /cutover by/ },
  );
  await expectCode(
    stage.run(`${shown}    # the same command, in the second clone`, process.execPath, args, {
      env: { ...env, FLYWHEEL_CONFIG_DIR: secondClone },
      show: /step 9|its state is at|plan of|going on/,
    }),
    0,
  );
  const plans = await planning.stop();
  stage.say(`The client planned ${plans.count} times meanwhile; ${plans.empty} of its plans were empty.`);
  if (plans.empty !== plans.count) throw demoFailed("a plan during the move", plans.last);
  cpSync(secondClone, stage.configuration, { recursive: true });

  stage.say("\nA client that still goes to the old place is told where it went:");
  await expectCode(before.run(/Error:|moved-to/, "apply", "-auto-approve", "-no-color"), 1);
  await bothBackends(act, s3, `${url}/state/${stateName}`, key);
}

/** Two engines, two protocols, one lock. */
async function bothBackends(
  { stage, engine, env }: Act,
  server: S3Server,
  address: string,
  key: string,
): Promise<void> {
  stage.say(
    "\nThe same state by both ways into the bucket: HTTP through our server, and S3 with use_lockfile. They share one lock:",
  );
  const http = await Client.at(stage, engine, "on-http", { address }, env);
  const s3 = await Client.at(stage, engine, "on-s3", { server, key }, env);
  await expectCode(http.run(/No changes/, "plan", "-no-color", "-detailed-exitcode"), 0);
  await expectCode(s3.run(/No changes/, "plan", "-no-color", "-detailed-exitcode"), 0);
  const gate = join(stage.folder, "gate");
  const holding = s3.run(
    /Apply complete/,
    "apply",
    "-auto-approve",
    "-no-color",
    "-var=value=second",
    `-var=gate=${gate}`,
  );
  try {
    await untilHeld(gate, holding);
    await expectCode(http.run(/Error:|Who:/, "apply", "-auto-approve", "-no-color", "-var=value=other"), 1);
  } finally {
    writeFileSync(gate, "");
  }
  await expectCode(holding, 0);
  await expectCode(http.run(/No changes/, "plan", "-no-color", "-detailed-exitcode", "-var=value=second"), 0);
  stage.say("");
}

/** Waits until the apply has come to its gate: it holds the lock then. */
async function untilHeld(gate: string, holding: Promise<{ exitCode: number; output: string }>): Promise<void> {
  const ended = holding.then((result) => Promise.reject(demoFailed("an apply that was to wait", result.output)));
  const held = (async () => {
    while (!existsSync(`${gate}.held`)) await new Promise((resolve) => setTimeout(resolve, 50));
  })();
  await Promise.race([held, ended]);
  ended.catch(() => undefined);
}

/** Plans again and again without a lock, as dashboards and reviewers do. */
function keepPlanning(client: Client): { stop(): Promise<{ count: number; empty: number; last: string }> } {
  let stopping = false;
  const result = { count: 0, empty: 0, last: "" };
  const running = (async () => {
    while (!stopping) {
      const { exitCode, output } = await client.quietly("plan", "-no-color", "-lock=false", "-detailed-exitcode");
      result.count += 1;
      if (exitCode === 0) result.empty += 1;
      else result.last = output;
    }
  })();
  return {
    async stop() {
      stopping = true;
      await running;
      return result;
    },
  };
}

async function expectCode(running: Promise<{ exitCode: number; output: string }>, code: number): Promise<void> {
  const { exitCode, output } = await running;
  if (exitCode !== code) throw demoFailed(`a command that ends with ${code} (not ${exitCode})`, output);
}
