import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { parseDocument } from "yaml";
import { loadConfiguration } from "../../lib/config/load";
import { repositoryRoot } from "../../lib/root";
import { placeholdersFor } from "../../planning/preview/placeholders";
import { withReplay } from "../../planning/replay/attach";
import { type Act, flywheel, movedEnvironment, serve } from "./act";
import { demoFailed } from "../refusals";
import { moveUnderFire } from "./move";
import { type Stage } from "./stage";
import { type StatePlace } from "./state-place";

/** Act 3: `cdktf deploy` of every stack of one environment through the HTTP server over a real store; then both backends, and a move that is killed. */
export async function actThree(stage: Stage, engine: string, place: StatePlace): Promise<void> {
  stage.act("Act 3: cdktf deploy, with its state behind our own server");
  playOneEnvironment(stage);
  const s3 = await place.s3();
  const password = randomBytes(16).toString("hex");
  const env = {
    TF_HTTP_USERNAME: "demo",
    TF_HTTP_PASSWORD: password,
    TF_HTTP_LEGACY_USERNAME: "demo",
    TF_HTTP_LEGACY_PASSWORD: password,
    ...s3?.environment,
    FLYWHEEL_ENGINE: engine,
    CHECKPOINT_DISABLE: "1",
    TF_CLI_CONFIG_FILE: emptyCliConfig(stage.folder),
  };
  if (s3 !== undefined) stage.setOrganization([[["state", "s3"], { endpoint: s3.endpoint, bucket: s3.bucket }]]);
  const storeArguments =
    s3 === undefined ? ["--store", "file", "--dir", join(stage.folder, "states")] : ["--store", "s3"];
  const { url } = await serve(stage, env, storeArguments);
  stage.setOrganization([[["state", "http", "address"], `${url}/state/{stack}-{env}`]]);
  // The ledger of act 1 named another place.
  writeFileSync(join(stage.configuration, "state-ledger.yaml"), "states: []\n");
  const act: Act = { stage, engine, url, env };
  await deployAll(act);
  if (s3 !== undefined) await moveUnderFire(act, s3);
  await stage.run("flywheel status", process.execPath, [flywheel, "status"], { env });
}

async function deployAll({ stage, engine, env }: Act): Promise<void> {
  const work = join(stage.folder, "work");
  mkdirSync(work);
  const settings = JSON.parse(readFileSync(join(repositoryRoot, "cdktf.json"), "utf8")) as object;
  writeFileSync(
    join(work, "cdktf.json"),
    JSON.stringify({ ...settings, app: `"${process.execPath}" "${join(repositoryRoot, "bin", "synth.cjs")}"` }),
  );
  const cdktf = join(repositoryRoot, "node_modules", ".bin", "cdktf");
  const { stacks } = loadConfiguration(stage.configuration);
  const deployed = stacks.filter(({ environment }) => environment !== movedEnvironment).map(({ id }) => id);
  const secrets = Object.fromEntries(
    stacks.flatMap((stack) => [...placeholdersFor(stack, {})].map(([name, value]) => [`TF_VAR_${name}`, value])),
  );
  await withReplay(async (replay) => {
    const all = { ...env, ...secrets, ...replay, TERRAFORM_BINARY_NAME: engine, CI: "1" };
    stage.say(
      "\nThe providers are replayed: the engine, cdktf, the backend and the locks are real, the cluster is not.",
    );
    const deploy = await stage.run(
      `cdktf deploy ${deployed.join(" ")} --auto-approve --skip-provider-lock`,
      cdktf,
      ["deploy", ...deployed, "--auto-approve", "--skip-provider-lock", "--parallelism", "2"],
      { cwd: work, env: all, show: /Apply complete|Error: / },
    );
    if (deploy.exitCode !== 0) throw demoFailed("cdktf deploy", deploy.output);
  });
}

/** The demo's copy of the configuration, cut to the default environment, and one more with one stack, for the move. */
function playOneEnvironment(stage: Stage): void {
  const { organization } = loadConfiguration(stage.configuration);
  const environments = join(stage.configuration, "environments");
  const file = join(stage.configuration, "organization.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  const kept = organization.clusters.flatMap(({ name }, index) =>
    name === organization.defaultEnvironment ? [document.getIn(["clusters", index])] : [],
  );
  const moved = document.createNode({ name: movedEnvironment, role: "lab", domain: "lab.example.org", context: "lab" });
  document.set("clusters", document.createNode([...kept, moved]));
  writeFileSync(file, document.toString());
  for (const { name } of organization.clusters)
    if (name !== organization.defaultEnvironment) rmSync(join(environments, name), { recursive: true });
  mkdirSync(join(environments, movedEnvironment));
  const settings = join(environments, organization.defaultEnvironment, "arc-runners.yaml");
  cpSync(settings, join(environments, movedEnvironment, "arc-runners.yaml"));
}

function emptyCliConfig(folder: string): string {
  const file = join(folder, "cli.tfrc");
  writeFileSync(file, "");
  return file;
}
