import { chmodSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { startVersitygw } from "../../lab/s3/versitygw";
import { type S3Server, type S3ServerOptions } from "../../lab/s3/s3-server";
import { repositoryRoot } from "../../lib/root";
import { type Lab } from "./lab";

/** The bucket that pages speak of, behind the cluster's service. */
export const endpoint = "http://tofu-state.nix-cache.svc:9000";
/** The HTTP server that pages speak of: a store of its own, not the bucket. */
const stateServer = "http://state.honey.example.ts.net";
const recorded = join(repositoryRoot, "__tests__", "stacks", "parity", "fixtures", "states");

/** A stack that others have migrated and applied, its configuration in a repository; the bucket is reached by a forwarded port alone. */
export async function firstDay(lab: Lab): Promise<void> {
  const server = await settled(lab);
  await lab.sh("git clone --quiet --bare acme-infra ~/../acme-infra.git && rm -rf acme-infra flywheel .local");
  await lab.sh(
    `git config --global url.file://${join(lab.root, "home", "acme-infra.git")}.insteadOf https://github.com/acme/infra`,
  );
  // The page names it.
  Reflect.deleteProperty(lab.environment, "FLYWHEEL_CONFIG_DIR");
  lab.hide(endpoint);
  lab.forward("127.0.0.1:9000", server.endpoint);
}

/** A command that writes a new age key, for its owner alone. */
export function makeAgeKey(file: string): string {
  return `(umask 077; cd ~/flywheel && node -e 'require("age-encryption").generateIdentity().then(console.log)' > ${file})`;
}

/** What the shell puts in the place of it: the recipient of such a key. */
export function recipientOf(file: string): string {
  return `$(cd ~/flywheel && node -e 'const a = require("age-encryption"), fs = require("node:fs"); a.identityToRecipient(fs.readFileSync(process.argv[1], "utf8").trim()).then(console.log)' ${file})`;
}

/** A settled stack, a key, and its recipient in organization.yaml. */
export async function backup(lab: Lab): Promise<void> {
  await settled(lab);
  await lab.sh(
    [
      "mkdir backups",
      makeAgeKey("~/flywheel.key"),
      `recipient=${recipientOf("~/flywheel.key")}`,
      'printf "  backup:\\n    target: {directory: $HOME/backups}\\n    recipients: [$recipient]\\n" >> ~/acme-infra/config/organization.yaml',
    ].join("\n"),
  );
}

/** As a settled stack, with all that has a value to be rotated: users, recipients, a certificate. */
export async function rotate(lab: Lab): Promise<void> {
  const folder = join(lab.root, "s3");
  const server = await settled(lab, { server: { folder } });
  await lab.sh(
    [
      "mkdir backups certificates && cd acme-infra",
      "flywheel users add ci --users ~/users.yaml --role write --states '*-prod' --generate --json | jq -r .password > ~/old.password",
      "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ~/certificates/key.pem -out ~/certificates/cert.pem",
      makeAgeKey("~/flywheel.key"),
    ].join("\n"),
  );
  lab.write("new.key", newPair.secretAccessKey);
  lab.write("new.token", "ghp_the-token-of-next-year");
  const { port } = new URL(server.endpoint);
  lab.insteadOf(ownersOfKeys, async () => {
    await lab.bucket(endpoint, { folder, port: Number(port), ...newPair });
  });
}

/** In a clone, with the configuration that is checked in. */
export async function inClone(lab: Lab): Promise<void> {
  await lab.clone();
  lab.folder = join(lab.home, "flywheel");
}

/** A variable file and a backend file, with a misspelt setting; the environment stands in organization.yaml. */
export async function convert(lab: Lab): Promise<void> {
  await lab.clone();
  lab.folder = join(lab.home, "acme-infra");
  lab.write(
    "acme-infra/config/organization.yaml",
    "organization: {name: acme}\nclusters:\n  - {name: prod, role: production, domain: example.org, context: honey}\nstate:\n  backend: s3\n",
  );
  lab.write(
    "acme-infra/honey.tfvars",
    hcl({
      cluster_context: "honey",
      github_config_url: "https://github.com/acme",
      nix_min_runners: 2,
      nix_max_runner: 9,
      nix_store_enabled: false,
      ghcr_username: "bot",
      ghcr_token: "ghp_never-written",
    }),
  );
  lab.write("acme-infra/arc-runners.hcl", backendFile("acme/arc-runners/terraform.tfstate"));
}

/** The settings of an old attic in a folder of one's own, its state, and one that knows more than this program. */
export async function adopt(lab: Lab): Promise<void> {
  await lab.clone();
  lab.folder = join(lab.home, "acme-infra");
  lab.environment["FLYWHEEL_CONFIG_DIR"] = join(lab.folder, "config");
  const { variables, state } = recordedState("attic", "minio-bazel");
  const { k8s_config_path: _ours, ingress_domain: domain, ...settings } = variables;
  lab.write(
    "acme-infra/config/organization.yaml",
    `organization: {name: acme}\nclusters:\n  - {name: prod, role: production, domain: ${String(domain ?? "example.org")}, context: honey}\n`,
  );
  lab.write("variables.json", JSON.stringify({ ...settings, cluster_context: "honey" }));
  await lab.sh("cd acme-infra && flywheel convert attic --env prod --var-file ~/variables.json");
  lab.write("acme-infra/attic.tfstate", state);
  await lab.sh(
    `cd acme-infra && jq '.resources += [{mode: "managed", type: "kubernetes_stateful_set_v1", name: "rustfs", provider: .resources[0].provider, instances: [{schema_version: 1, attributes: {id: "nix-cache/rustfs"}}]}]' attic.tfstate > newer.tfstate`,
  );
}

/** A server that can lock, and one that cannot. */
export async function s3Servers(lab: Lab): Promise<void> {
  await lab.clone();
  const scratch = { bucket: "scratch", accessKeyId: "scratch-proof", secretAccessKey: "of-the-scratch-bucket" };
  const { environment } = await lab.bucket("http://minio.example.org:9000", scratch);
  await lab.bucket("http://versitygw.example.org:7070", scratch, startVersitygw);
  Object.assign(lab.environment, environment);
}

interface Settled {
  /** Default: arc-runners. */
  readonly stack?: "arc-runners" | "attic";
  /** Where its state is: the bucket (the default), or the HTTP server, with the bucket configured beside it. */
  readonly on?: "s3" | "http";
  /** The HTTP server's. Default: the one that pages speak of. */
  readonly address?: string;
  readonly server?: S3ServerOptions;
  /** More lines of organization.yaml. */
  readonly more?: string;
}

/** A stack in its place, applied by Flywheel; its configuration is committed in ~/acme-infra, which FLYWHEEL_CONFIG_DIR names. */
export async function settled(lab: Lab, options: Settled = {}): Promise<S3Server> {
  const { stack = "arc-runners", on = "s3" } = options;
  const server = await lab.bucket(endpoint, options.server);
  await lab.replayProviders();
  await lab.clone();
  Object.assign(lab.environment, server.environment, { TF_VAR_ghcr_token: "ghp_the-token-of-this-year" });
  const { variables } = recordedState(stack, stack === "attic" ? "minio-bazel" : "full");
  const { k8s_config_path: _ours, ingress_domain: domain = "example.org", ...settings } = variables;
  lab.write("honey.tfvars", hcl({ ...settings, cluster_context: "honey" }));
  lab.write(`${stack}.hcl`, backendFile(`acme/${stack}/terraform.tfstate`));
  lab.write(
    "acme-infra/config/organization.yaml",
    `organization: {name: acme}\nclusters:\n  - {name: prod, role: production, domain: ${String(domain)}, context: honey}\n${options.more ?? ""}state:\n  backend: s3\n`,
  );
  await lab.sh(
    [
      "cd acme-infra && git init --quiet && export FLYWHEEL_CONFIG_DIR=$PWD/config",
      `flywheel convert ${stack} --env prod --var-file ~/honey.tfvars --backend-config ~/${stack}.hcl`,
      'sed -i "/bucket:/a\\    authority: $(flywheel register --authority --json | jq -r .authority)" config/organization.yaml',
      'sed -i "/bucket:/a\\    service: nix-cache/tofu-state:9000" config/organization.yaml',
      `rm ~/honey.tfvars ~/${stack}.hcl`,
    ].join("\n"),
  );
  lab.environment["FLYWHEEL_CONFIG_DIR"] = join(lab.home, "acme-infra", "config");
  if (on === "http") await throughServer(lab, options.address ?? stateServer);
  await lab.sh(
    [
      `cd acme-infra && flywheel register ${stack} --new && git add . && git commit --quiet -m '${stack}: settings, place and ledger'`,
      `flywheel apply ${stack} --auto-approve`,
      `flywheel register ${stack} --repair && git commit --quiet -am '${stack}: applied'`,
    ].join("\n"),
  );
  return server;
}

/** A stack whose state is in a legacy place, which organization.yaml names; neither flag nor ledger ever knew another one. */
export async function legacy(lab: Lab): Promise<void> {
  await settled(lab, { stack: "attic", on: "http", address: "http://gitlab.example.org" });
  for (const name of ["USERNAME", "PASSWORD"])
    lab.environment[`TF_HTTP_LEGACY_${name}`] = lab.environment[`TF_HTTP_${name}`];
  await lab.sh(
    [
      "cd acme-infra && sed -i 's|^  http: \\(.*\\)|  legacy: {gitlab: \\1}|' config/organization.yaml",
      "echo 'states: []' > config/state-ledger.yaml && git commit --quiet --all --message 'attic: its state is at GitLab'",
    ].join("\n"),
  );
}

/** States are at an HTTP server that has a store of its own; the bucket is where they may go. */
async function throughServer(lab: Lab, address: string): Promise<void> {
  Object.assign(lab.environment, { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "correct-horse" });
  await lab.sh(
    `cd acme-infra && sed -i 's|^  backend: s3|  backend: http\\n  http: {address: "${address}/state/{stack}-{env}"}|' config/organization.yaml`,
  );
  await lab.stateServer(address);
}

const newPair = { accessKeyId: "acme-2026-11", secretAccessKey: "a-new-secret-of-the-store" };

/** As `today`, with the program of the former stack, its laptop's backend file, and a second bucket for scratch. */
export async function migrate(lab: Lab): Promise<void> {
  const folder = join(lab.root, "s3");
  const server = await lab.bucket(endpoint, { folder });
  const client = server.client();
  await client.send(new CreateBucketCommand({ Bucket: "scratch" }));
  client.destroy();
  await lab.replayProviders();
  await lab.clone();
  Object.assign(lab.environment, server.environment);
  cpSync(join(__dirname, "former"), join(lab.home, "former"), { recursive: true });
  lab.write(
    "former/honey.tfvars",
    hcl({
      cluster_context: "honey",
      github_config_url: "https://github.com/acme",
      deploy_docker_runner: false,
      nix_max_runners: 8,
    }),
  );
  lab.write("former/plan", formerRecipe);
  chmodSync(join(lab.home, "former/plan"), 0o755);
  for (const stack of ["arc-runners", "edge"]) {
    const file = backendFile(`acme/${stack}/terraform.tfstate`);
    lab.write(`former/backends/${stack}.hcl`, file);
    lab.write(`laptop/${stack}.hcl`, file.replace(endpoint, "http://127.0.0.1:9000"));
  }
  lab.forward("127.0.0.1:9000", server.endpoint);
  await lab.sh(
    [
      "cd former && printf '.terraform*\\n!.terraform.lock.hcl\\n' > .gitignore && git init --quiet && git add . && git commit --quiet -m former",
      "for stack in arc-runners edge; do tofu -chdir=$stack init -input=false -backend-config ../backends/$stack.hcl; done",
      "tofu -chdir=arc-runners apply -input=false -auto-approve -var-file ../honey.tfvars",
      "tofu -chdir=edge apply -input=false -auto-approve",
    ].join("\n"),
  );
  lab.write("new.key", newPair.secretAccessKey);
  lab.insteadOf(ownersOfKeys, async () => {
    const { port } = new URL(server.endpoint);
    await lab.bucket(endpoint, { folder, port: Number(port), ...newPair });
  });
}

/** How the former program plans a stack: with its variable file, and waiting for the lock. */
const formerRecipe = `#!/bin/sh
stack=$1
shift
exec tofu -chdir="$HOME/former/$stack" plan -input=false -no-color -lock-timeout=60s -var-file "$HOME/former/honey.tfvars" "$@"
`;

/** Why keys of a store are neither made nor taken back by a page. The lab starts its store again with another pair. */
const ownersOfKeys = "each store has its own way to make and take back keys";

/** An operator's day before Flywheel: a variable file, a backend file, a key pair in the environment, and a state in the bucket. */
export async function today(lab: Lab): Promise<void> {
  const server = await lab.bucket(endpoint);
  Object.assign(lab.environment, server.environment);
  const { variables, state } = recordedState("arc-runners", "full");
  lab.write("today/honey.tfvars", hcl({ ...variables, cluster_context: "honey" }));
  lab.write("today/arc-runners.hcl", backendFile("acme/arc-runners/terraform.tfstate"));
  await lab.put(server, "acme/arc-runners/terraform.tfstate", state);
}

function recordedState(stack: string, name: string): { variables: Readonly<Record<string, unknown>>; state: Buffer } {
  const file = join(recorded, stack, name);
  return {
    variables: JSON.parse(readFileSync(`${file}.variables.json`, "utf8")) as Readonly<Record<string, unknown>>,
    state: readFileSync(`${file}.tfstate`),
  };
}

function hcl(variables: Readonly<Record<string, unknown>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join("");
}

function backendFile(key: string): string {
  const skips = ["credentials_validation", "region_validation", "metadata_api_check", "requesting_account_id"];
  return [
    'bucket = "tofu-state"',
    `key = "${key}"`,
    'region = "us-east-1"',
    `endpoints = { s3 = "${endpoint}" }`,
    "use_path_style = true",
    ...skips.map((name) => `skip_${name} = true`),
    "",
  ].join("\n");
}
