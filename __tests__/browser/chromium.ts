import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, type Readable, type Writable } from "node:stream";

/** A tab of a real browser, spoken to in its own protocol (https://chromedevtools.github.io/devtools-protocol) over a pipe. */
export interface Tab {
  send(method: string, parameters?: object): Promise<Record<string, unknown>>;
  /** What it said by itself, oldest first. */
  readonly events: readonly { readonly method: string; readonly params: Record<string, unknown> }[];
  /** The value of an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** FLYWHEEL_CHROMIUM, else what Debian, Alpine or Google call it. @throws where there is none: a long profile is asked for. */
function findChromium(): string {
  const names = [process.env["FLYWHEEL_CHROMIUM"] ?? "", "chromium", "chromium-browser", "google-chrome"];
  const found = names.find((name) => name !== "" && spawnSync(name, ["--version"]).status === 0);
  if (found === undefined) throw new Error("no chromium on PATH, and FLYWHEEL_CHROMIUM names none");
  return found;
}

/** Runs work in a new tab of a browser of its own, without extensions, profile or network but loopback. */
export async function withTab<T>(work: (tab: Tab) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "flywheel-browser-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions"];
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const child = spawn(
    findChromium(),
    [...flags, ...quiet, `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const [, , , input, output] = child.stdio as [null, null, null, Duplex, Duplex];
  try {
    return await work(await openTab(input, output, gone));
  } finally {
    child.kill("SIGKILL");
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function openTab(input: Writable, output: Readable, gone: Promise<void>): Promise<Tab> {
  const waiting = new Map<number, (message: Message) => void>();
  const events: { method: string; params: Record<string, unknown> }[] = [];
  let rest = "";
  output.on("data", (chunk) => {
    const parts = (rest + String(chunk)).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else if (message.method !== undefined) events.push({ method: message.method, params: message.params ?? {} });
    }
  });
  input.on("error", () => undefined);
  let last = 0;
  const ask = async (method: string, parameters: object, sessionId?: string): Promise<Record<string, unknown>> => {
    const id = (last += 1);
    const answer = new Promise<Message>((resolve, reject) => {
      waiting.set(id, resolve);
      void gone.then(() => reject(new Error("the browser is gone")));
    });
    input.write(`${JSON.stringify({ id, method, params: parameters, sessionId })}\0`);
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const send = async (method: string, parameters: object = {}) => ask(method, parameters, String(sessionId));
  return {
    send,
    events,
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value?: unknown }).value;
    },
  };
}
