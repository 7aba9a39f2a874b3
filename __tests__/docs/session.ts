import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";

interface Ran {
  readonly exitCode: number;
  /** Both streams, as they come. */
  readonly output: string;
}

/** One shell, in which blocks of commands run one after the other: folders, variables and what runs in the background stay. */
export class Session {
  private readonly mark = randomUUID();
  private readonly shell;
  private output = "";
  private look: () => void = () => undefined;
  private count = 0;

  /** @param scripts a folder for what is run; not the one that commands see as theirs. */
  constructor(
    private readonly scripts: string,
    folder: string,
    environment: NodeJS.ProcessEnv,
  ) {
    // A group of its own: what is left in the background ends with it.
    this.shell = spawn("bash", ["--noprofile", "--norc"], {
      cwd: folder,
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.shell.stdout, this.shell.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
        this.look();
      });
    // Not "close": what runs in the background keeps the streams open.
    this.shell.on("exit", () => this.look());
    // The first command that fails decides, whatever comes after it.
    this.shell.stdin.write("exec 2>&1; set -E; trap '__failed=${__failed:-$?}' ERR\n");
  }

  /** Runs commands to their end. @throws Error where they take over `seconds`, or end the shell. */
  async run(commands: string, seconds = 180): Promise<Ran> {
    this.count += 1;
    const script = join(this.scripts, `step-${this.count}.sh`);
    writeFileSync(script, `${commands}\n`);
    this.output = "";
    const end = new RegExp(`\\n?${this.mark} (\\d+)\\n$`);
    const ended = new Promise<RegExpExecArray>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`over ${seconds} s:\n${this.output}`)), seconds * 1_000);
      this.look = () => {
        const match = end.exec(this.output);
        if (match === null && this.shell.exitCode === null) return;
        clearTimeout(late);
        if (match === null) reject(new Error(`the shell ended:\n${this.output}`));
        else resolve(match);
      };
    });
    this.shell.stdin.write(
      `__failed=; source '${script}' </dev/null; printf '\\n%s %s\\n' ${this.mark} "\${__failed:-0}"\n`,
    );
    const match = await ended;
    return { exitCode: Number(match[1]), output: this.output.slice(0, match.index) };
  }

  end(): void {
    try {
      if (this.shell.pid !== undefined) process.kill(-this.shell.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}
