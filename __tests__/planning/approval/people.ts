import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeReceipt, type Receipt } from "../../../planning/bundle/receipt";

const folders: string[] = [];

// Registered where this file is imported, so for each test file.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-approval-"));
  folders.push(folder);
  return folder;
}

/** Runs a program of this machine. @throws with what it said. */
export function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

export interface Person {
  /** The file with the key. */
  readonly key: string;
  /** The line of allowed_signers. */
  readonly line: string;
}

/** Somebody with a key of ssh's, without a passphrase. */
export function person(name: string, options = ""): Person {
  const folder = temporaryFolder();
  const key = join(folder, "key");
  run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], folder);
  const publicKey = run("ssh-keygen", ["-y", "-f", key], folder);
  return { key, line: `${name} ${options}${options === "" ? "" : " "}${publicKey}` };
}

const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "core.hooksPath=/dev/null"];

export function git(folder: string, ...args: readonly string[]): string {
  return run("git", [...identity, ...args], folder);
}

/** A bare repository whose HEAD is main, and a clone of it with `config/allowed_signers`. */
export function repositoryWith(
  lines: readonly string[],
  signWith?: Person,
): { remote: string; clone: string; config: string } {
  const root = temporaryFolder();
  const [remote, clone] = [join(root, "remote.git"), join(root, "clone")];
  git(root, "init", "--quiet", "--bare", "--initial-branch", "main", remote);
  git(root, "clone", "--quiet", remote, clone);
  git(clone, "checkout", "--quiet", "-b", "main");
  const config = join(clone, "config");
  mkdirSync(config);
  writeFileSync(join(config, "allowed_signers"), `${lines.join("\n")}\n`);
  commit(clone, "who may approve", signWith);
  git(clone, "push", "--quiet", "origin", "main");
  return { remote, clone, config };
}

export function commit(clone: string, message: string, signWith?: Person): void {
  git(clone, "add", "--all");
  const signing =
    signWith === undefined
      ? ["-c", "commit.gpgsign=false"]
      : ["-c", "gpg.format=ssh", "-c", `user.signingkey=${signWith.key}`];
  git(clone, ...signing, "commit", "--quiet", ...(signWith === undefined ? [] : ["-S"]), "--message", message);
}

const digest = "0".repeat(64);

const receipt: Receipt = {
  version: 1,
  id: "attic",
  who: "ann@laptop",
  at: "2026-04-16T09:12:00.000Z",
  bundle: digest,
  recipients: ["age1example"],
  program: digest,
  configuration: digest,
  contract: `sha256:${digest}`,
  place: { backend: "s3", location: "s3://tofu-state/attic/terraform.tfstate" },
  state: { lineage: "1c0c", serial: 7 },
  generation: 0,
  engine: { name: "terraform", version: "1.11.4" },
  providers: null,
  cluster: { context: "honey", uid: null },
  synthesized: digest,
  plan: digest,
  document: digest,
  changes: [{ address: "kubernetes_deployment.api", action: "change", attributes: ["spec[0].replicas"] }],
  drift: [],
  outputs: [],
};

/** A receipt in a file, as `flywheel plan --out` leaves it. */
export function receiptFile(changed: Partial<Receipt> = {}): string {
  const file = join(temporaryFolder(), "attic.receipt.json");
  writeFileSync(file, encodeReceipt({ ...receipt, ...changed }));
  return file;
}
