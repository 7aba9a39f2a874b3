import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../../lib/root";

export interface ServeChild {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Ends the server as an operator does, and waits until it is gone. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** A real `flywheel serve` on a free port, ready to be asked. */
export async function startServe(config: string, dir: string): Promise<ServeChild> {
  const [user, password] = ["ann", "correct-horse"];
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    FLYWHEEL_CONFIG_DIR: config,
    TF_HTTP_USERNAME: user,
    TF_HTTP_PASSWORD: password,
  };
  const args = [
    join(repositoryRoot, "bin/flywheel"),
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--store",
    "file",
    "--dir",
    dir,
  ];
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, env, stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += String(chunk)));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const [line] = await Promise.race([firstLines(child.stdout), gone.then(() => [])]);
  // readline leaves the stream paused, and a child with unread output never closes.
  child.stdout.resume();
  const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line ?? "")?.[1];
  if (url === undefined) {
    child.kill("SIGKILL");
    throw new Error(`serve did not start: ${line ?? ""} ${complaints}`);
  }
  return {
    url,
    user,
    password,
    stop: async () => {
      child.kill("SIGTERM");
      await gone;
    },
  };
}

async function firstLines(stream: NodeJS.ReadableStream): Promise<readonly string[]> {
  for await (const line of createInterface({ input: stream })) return [line];
  return [];
}
