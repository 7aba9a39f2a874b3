import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Outcome {
  readonly code: number;
  readonly text: string;
}

interface Change {
  readonly actions: readonly string[];
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly after_unknown: unknown;
  readonly after_sensitive: unknown;
  readonly replace_paths?: readonly unknown[];
}

/** A folder with a configuration, and an engine that talks to the replay. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "replay-test-"));

  constructor(
    private readonly engine: string,
    private readonly reattach: string,
  ) {
    writeFileSync(join(this.folder, "cli.rc"), "");
  }

  configure(config: object): this {
    writeFileSync(join(this.folder, "main.tf.json"), JSON.stringify(config));
    return this;
  }

  copy(file: string, name: string): this {
    copyFileSync(file, join(this.folder, name));
    return this;
  }

  run(...args: readonly string[]): Promise<Outcome> {
    const env = {
      PATH: process.env["PATH"],
      HOME: this.folder,
      TF_CLI_CONFIG_FILE: join(this.folder, "cli.rc"),
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      TF_REATTACH_PROVIDERS: this.reattach,
    };
    return new Promise((resolve) => {
      execFile(this.engine, args, { cwd: this.folder, env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
        // Messages are wrapped and framed for a terminal; a test looks for sentences.
        const text = `${stdout}${stderr}`.replace(/[│╷╵]/g, " ").replace(/\s+/g, " ");
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), text });
      });
    });
  }

  apply(): Promise<Outcome> {
    return this.run("apply", "-no-color", "-input=false", "-auto-approve");
  }

  /** The planned changes by address. A plan that fails throws what the engine said. */
  async plan(): Promise<Readonly<Record<string, Change>>> {
    const planned = await this.run("plan", "-no-color", "-input=false", "-out=plan");
    if (planned.code !== 0) throw new Error(planned.text);
    const { resource_changes: changes = [] } = await this.json<{
      resource_changes?: { address: string; change: Change }[];
    }>("plan");
    return Object.fromEntries(changes.map(({ address, change }) => [address, change]));
  }

  /** The attributes of a resource in the state. */
  attributes(address: string): Readonly<Record<string, unknown>> {
    const state = JSON.parse(readFileSync(join(this.folder, "terraform.tfstate"), "utf8")) as {
      resources: { type: string; name: string; instances: { attributes: Record<string, unknown> }[] }[];
    };
    const found = state.resources.find(({ type, name }) => `${type}.${name}` === address);
    return found?.instances[0]?.attributes ?? {};
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  json<T>(file: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const env = {
        PATH: process.env["PATH"],
        TF_REATTACH_PROVIDERS: this.reattach,
        TF_CLI_CONFIG_FILE: join(this.folder, "cli.rc"),
      };
      execFile(this.engine, ["show", "-json", file], { cwd: this.folder, env, maxBuffer: 1e8 }, (error, stdout) => {
        if (error === null) resolve(JSON.parse(stdout) as T);
        else reject(error);
      });
    });
  }
}
