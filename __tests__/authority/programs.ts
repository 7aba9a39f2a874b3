import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../../lib/root";

const children = new Set<ChildProcess>();

// Registered where this file is imported, so for each test file: nothing keeps running.
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A process of `__tests__/authority/processes/<name>.ts`, with its lines of output as they come. */
interface Helper {
  readonly child: ChildProcess;
  readonly lines: AsyncIterableIterator<string>;
  readonly exited: Promise<number | null>;
}

/** Starts a helper process with real concurrency and a real death. */
export function startHelper(name: string, ...args: string[]): Helper {
  const script = `require("./bin/load.cjs").load("__tests__/authority/processes/${name}.ts")`;
  const child = spawn(process.execPath, ["-e", script, "--", ...args], {
    cwd: repositoryRoot,
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(child);
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  void exited.then(() => children.delete(child));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), exited };
}

/** Runs a program with exactly this environment and returns its exit code and whole output. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      children.delete(child);
      resolve({ code, output });
    });
  });
}
