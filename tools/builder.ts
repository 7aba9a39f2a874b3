import { spawn } from "node:child_process";
import { type UserError } from "../lib/errors";

interface BuilderOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Where the program is not on PATH. */
  readonly missing: () => UserError;
  /** Where it fails; `said` is the last line on its stderr. */
  readonly failed: (said: string) => UserError;
  /** Where a signal ended it. */
  readonly interrupted: () => UserError;
}

/** Runs a compiler or an installer to its end. A signal that asks us to stop is passed on to it, once. @throws UserError of `options` */
export function runBuilder(program: string, args: readonly string[], options: BuilderOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = options.env ?? process.env;
    const child = spawn(program, args, { cwd: options.cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
    const stop = () => child.kill("SIGTERM");
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.once(signal, stop);
    const done = (error?: UserError) => {
      for (const signal of signals) process.off(signal, stop);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.on("error", () => done(options.missing()));
    child.on("close", (code, signal) => {
      if (code === 0) done();
      else if (signal !== null) done(options.interrupted());
      else done(options.failed(said.trim().split("\n").at(-1) ?? ""));
    });
  });
}
