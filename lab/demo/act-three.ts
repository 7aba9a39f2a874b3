import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { HttpStateDoor } from "./state-door";
import { loadConfiguration } from "../../lib/config/load";
import { UserError } from "../../lib/errors";
import { repositoryRoot } from "../../lib/root";
import { placeholdersFor } from "../preview/placeholders";
import { withReplay } from "../replay/attach";
import { type Stage } from "./stage";

/** Act 3: the unmodified `cdktf deploy` and `cdktf diff` of every stack, through the HTTP door of a real store. */
export async function actThree(stage: Stage, engine: string): Promise<void> {
  stage.act("Act 3: cdktf deploy, with its state behind our own server");
  const credentials = { TF_HTTP_USERNAME: "demo", TF_HTTP_PASSWORD: randomBytes(16).toString("hex") };
  const server = stage.start(process.execPath, [join(repositoryRoot, "bin", "flywheel"), "serve", "--listen", "127.0.0.1:0", "--store", "file", "--dir", join(stage.folder, "states")], { env: credentials });
  const url = (await stage.waitFor(server, /listening on (\S+)/, "flywheel serve"))[1] ?? "";
  stage.say(`$ flywheel serve --listen 127.0.0.1:0 --store file\n  listening on ${url}`);
  stage.setOrganization([[["state", "http", "address"], `${url}/state/{stack}-{env}`]]);
  // The ledger of act 1 named another place.
  writeFileSync(join(stage.configuration, "state-ledger.yaml"), "states: []\n");

  const work = join(stage.folder, "work");
  mkdirSync(work);
  const settings = JSON.parse(readFileSync(join(repositoryRoot, "cdktf.json"), "utf8")) as object;
  writeFileSync(join(work, "cdktf.json"), JSON.stringify({ ...settings, app: `"${process.execPath}" "${join(repositoryRoot, "bin", "synth.cjs")}"` }));
  const cdktf = join(repositoryRoot, "node_modules", ".bin", "cdktf");
  const { stacks } = loadConfiguration(stage.configuration);
  const secrets = Object.fromEntries(stacks.flatMap((stack) => [...placeholdersFor(stack, {})].map(([name, value]) => [`TF_VAR_${name}`, value])));

  await withReplay(async (replay) => {
    const env = { ...credentials, ...secrets, ...replay, TERRAFORM_BINARY_NAME: engine, CHECKPOINT_DISABLE: "1", CI: "1", TF_CLI_CONFIG_FILE: emptyCliConfig(work) };
    stage.say("\nThe providers are replayed: the engine, cdktf, the backend and the locks are real, the cluster is not.");
    const deploy = await stage.run("cdktf deploy '*' --auto-approve --skip-provider-lock", cdktf, ["deploy", "*", "--auto-approve", "--skip-provider-lock", "--parallelism", "2"], { cwd: work, env, show: /Plan: |Apply complete|Error/ });
    if (deploy.exitCode !== 0) throw failed("cdktf deploy", deploy.output);
    const diff = await stage.run("cdktf diff " + (stacks[0]?.id ?? "") + " --skip-provider-lock", cdktf, ["diff", stacks[0]?.id ?? "", "--skip-provider-lock"], { cwd: work, env, show: /No changes|Plan: |Error/ });
    if (diff.exitCode !== 0) throw failed("cdktf diff", diff.output);
  });

  stage.say(`\n${["stack".padEnd(24), "resources", "serial", "state"].join("  ")}`);
  const door = new HttpStateDoor(url, credentials);
  for (const stack of stacks) {
    const { resources, serial, address } = await door.describe(stack.stateName);
    stage.say([stack.id.padEnd(24), String(resources).padStart(9), String(serial).padStart(6), address].join("  "));
  }
  await stage.end(server);
}

function emptyCliConfig(folder: string): string {
  const file = join(folder, "cli.tfrc");
  writeFileSync(file, "");
  return file;
}

function failed(what: string, output: string): UserError {
  return new UserError({ code: "demo-failed", what: `${what} failed:\n${output.split("\n").slice(-25).join("\n")}`, expected: "exit code 0" });
}
