import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { linkPackages } from "../../../planning/difference/packages";
import { repositoryRoot } from "../../../lib/root";
import { findEngine } from "../../support/engines";

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository of its own with this working tree as its one commit, the way somebody who works on a change has it. */
export class Checkout {
  private constructor(readonly folder: string) {}

  static create(): Checkout {
    const checkout = new Checkout(realpathSync(mkdtempSync(join(tmpdir(), "flywheel-difference-"))));
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: repositoryRoot,
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    for (const file of files
      .split("\0")
      .filter((name) => /^(authority|bin|ci|cli|config|lab|lib|planning|policy|stacks|tools)\/|^[^/]+$/.test(name))) {
      mkdirSync(join(checkout.folder, dirname(file)), { recursive: true });
      cpSync(join(repositoryRoot, file), join(checkout.folder, file), { recursive: true });
    }
    linkPackages(repositoryRoot, checkout.folder);
    checkout.git("init", "-q", "-b", "main");
    checkout.commit("base");
    return checkout;
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: this.folder,
      encoding: "utf8",
    });
  }

  commit(message: string): void {
    this.git("add", "-A");
    this.git("commit", "-qm", message);
  }

  /** As it was committed. */
  restore(): void {
    this.git("checkout", "-q", "-f", "main");
    this.git("clean", "-qfd");
  }

  edit(file: string, change: (text: string) => string): void {
    const before = readFileSync(join(this.folder, file), "utf8");
    const after = change(before);
    if (after === before) throw new Error(`nothing to change in ${file}`);
    writeFileSync(join(this.folder, file), after);
  }

  write(file: string, text: string): void {
    mkdirSync(join(this.folder, dirname(file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Its own program, on its own files. */
  flywheel(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const { TF_HTTP_ADDRESS: _address, FLYWHEEL_CONFIG_DIR: _folder, ...inherited } = process.env;
    const child = spawn(process.execPath, [join(this.folder, "bin", "flywheel"), ...args], {
      cwd: this.folder,
      env: { ...inherited, FLYWHEEL_ENGINE: findEngine().path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
      );
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
