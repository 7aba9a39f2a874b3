import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

interface ShellRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with commands of our own, first on PATH. Each notes its arguments, one a line, and its input. */
export class FakeCommands {
  readonly folder = mkdtempSync(join(tmpdir(), "attic-scripts-"));

  /** `body` is sh; $calls is the folder, and what it prints the command prints. */
  add(name: string, body: string): void {
    const file = join(this.folder, name);
    // The arguments are noted as the kernel shows them to everybody.
    writeFileSync(
      file,
      `#!/bin/sh\ncalls='${this.folder}'\nprintf '%s\\n' "$@" >>"$calls/${name}.arguments"\n${body}\n`,
    );
    chmodSync(file, 0o755);
  }

  /** What the command was called with so far; empty where it was not called. */
  argumentsOf(name: string): string {
    return this.read(`${name}.arguments`);
  }

  read(name: string): string {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  run(script: string, words: readonly string[], env: Readonly<Record<string, string>>): ShellRun {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", script, "script", ...words], {
      env: { PATH: `${this.folder}${delimiter}${process.env["PATH"] ?? ""}`, HOME: this.folder, ...env },
      encoding: "utf8",
      timeout: 30_000,
    });
    return { code: status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A script as the container or the engine's machine gets it: the engine has read its templates. */
export function asRun(text: string): string {
  return text.replaceAll("$${", "${").replaceAll("%%{", "%{");
}
