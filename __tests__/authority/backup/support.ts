import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { sha256 } from "../../../lib/sha256";
import { S3Store } from "../../../authority/stores/s3";
import { type S3Server } from "../../../lab/s3/s3-server";
import { configFolder, leastSettings, organization, temporaryFolder, writeFiles } from "../../lib/config/support";
import { type Outcome, runFlywheel } from "../../stacks/synth/child";

export const lineage = "5f1c0de0-0000-4000-8000-000000000001";

/** What stands in a state as a secret does: it must be found nowhere in clear. */
export const canary = "canary-b7c1e0a94d5f";

/** A state with the canary in it; it plans, and an engine reads it. */
export function stateBytes(serial: number, of = lineage): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: 4,
      terraform_version: "1.11.4",
      serial,
      lineage: of,
      outputs: { token: { value: canary, type: "string", sensitive: true } },
      resources: [],
      check_results: null,
    }),
  );
}

/** A key pair as `age-keygen -o FILE` leaves it. */
export async function keyPair(): Promise<{ recipient: string; file: string }> {
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const file = join(temporaryFolder(), "flywheel.key");
  writeFileSync(file, `# created: 2026-04-16T09:12:00Z\n# public key: ${recipient}\n${identity}\n`, { mode: 0o600 });
  return { recipient, file };
}

/** A configuration whose arc-runners live in a bucket, registered there, with backups to `target` (a YAML flow mapping). */
export function configuration(server: S3Server, target: string, recipients: readonly string[], serial = 0): string {
  const config = configFolder({ "environments/dev/arc-runners.yaml": leastSettings["arc-runners"] ?? "" });
  writeConfiguration(config, server, target, recipients, serial);
  return config;
}

export function writeConfiguration(
  config: string,
  server: S3Server,
  target: string,
  recipients: readonly string[],
  serial = 0,
): void {
  writeFiles(config, {
    "organization.yaml": organization(
      [
        "state:",
        "  backend: s3",
        `  s3: {endpoint: "${server.endpoint}", bucket: ${server.bucket}}`,
        "  backup:",
        `    target: ${target}`,
        `    recipients: [${recipients.join(", ")}]`,
      ].join("\n"),
    ),
    "state-ledger.yaml": `states:\n  - {stack: arc-runners, environment: dev, backend: s3, location: "s3://${server.bucket}/${stateKey}", lineage: ${lineage}, serial: ${serial}, sha256: ${sha256(stateBytes(serial))}, at: "2026-04-16", generation: 1}\n`,
  });
}

export const stateKey = "dev/arc-runners/terraform.tfstate";

/** Puts a state into the bucket, whatever was there. */
export async function putState(server: S3Server, bytes: Buffer): Promise<void> {
  const store = new S3Store({ ...server, skipS3Checksum: false, environment: server.environment });
  const known = await store.read(stateKey);
  if (known === undefined) await store.create(stateKey, bytes);
  else await store.replace(stateKey, bytes, known.version);
  store.close();
}

/** `flywheel ...` with the bucket's credentials. */
export function flywheel(
  args: readonly string[],
  config: string,
  server: S3Server,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return runFlywheel(args, { cwd: config, env: { FLYWHEEL_CONFIG_DIR: config, ...server.environment, ...env } });
}

/** Every file below a folder, by its path. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Those of the files that hold the canary in clear. */
export function leaks(folder: string): readonly string[] {
  return filesIn(folder).filter((file) => readFileSync(file).includes(canary));
}

export function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}
