import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { serverNotStarted } from "../refusals";

interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Asked until it returns true. */
  readonly isReady: () => Promise<boolean>;
  /** How long it may take to become ready, in milliseconds. Default: 60 s. */
  readonly patience?: number;
}

export interface ServerProcess {
  /** The shell's; the server is its child. */
  readonly pid: number;
  /** Ends it (SIGTERM, after ten seconds SIGKILL) and returns when it is gone. More than once is fine. */
  stop(): Promise<void>;
  /** `kill -9`: it says goodbye to nobody, and what it had in memory is gone. */
  kill(): Promise<void>;
}

/**
 * A shell between us and the server holds one end of a pipe. However we die, even by SIGKILL, the other end closes, and the
 * shell ends the server. The server is in a process group of its own, so that an interrupt in the terminal is ours to handle.
 */
const guard = `"$@" </dev/null & server=$!; { cat >/dev/null; kill "$server" 2>/dev/null; sleep 10; kill -9 "$server" 2>/dev/null; } <&3 & watch=$!
trap 'kill "$server" 2>/dev/null' TERM INT; wait "$server"; code=$?; wait "$server" 2>/dev/null; kill "$watch" 2>/dev/null; exit $code`;

/**
 * Starts a server and returns when it is ready.
 * @throws UserError `server-not-started` with the last it said, where it exits or does not become ready.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn("/bin/sh", ["-c", guard, "sh", options.program, ...options.args], {
    cwd: options.folder,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
  let ended = false;
  const killGroup = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || ended) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It is gone already.
    }
  };
  const killNow = () => killGroup("SIGKILL");
  const exited = once(child, "exit").then(() => {
    // What is left of the group only waits for our end.
    killNow();
    ended = true;
  });
  process.on("exit", killNow);
  const kill = async () => {
    killNow();
    await exited;
    process.off("exit", killNow);
  };
  const stop = async () => {
    killGroup("SIGTERM");
    const timer = setTimeout(killNow, 10_000);
    await exited;
    clearTimeout(timer);
    process.off("exit", killNow);
  };

  const deadline = Date.now() + (options.patience ?? 60_000);
  while (!(await options.isReady())) {
    if (ended || Date.now() > deadline) {
      await stop();
      const line = said.trim().split("\n").slice(-3).join(" | ");
      throw serverNotStarted(options.program, ended, line);
    }
    await sleep(50);
  }
  return { pid: child.pid ?? 0, stop, kill };
}

/** A port on loopback that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("a TCP server has a port");
  return address.port;
}

/** Whether nobody listens on a port of loopback at this moment. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
