import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../lib/root";
import { type Call } from "./history";

const source = join(repositoryRoot, "tools", "modules", "porcupine");

/** Where porcupine is kept once it is built: outside the clone, by the hash of what it is built from. */
export function builtPorcupine(): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(source, file)));
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "flywheel", "tools", `porcupine-${hash.digest("hex").slice(0, 16)}`, "porcupine");
}

/** Builds it unless it is there. Seconds, and a `go` on PATH. tools/build-tool.ts builds programs of others only, this one is ours. */
export async function buildPorcupine(): Promise<string> {
  const target = builtPorcupine();
  if (existsSync(target)) return target;
  const fresh = `${target}.${process.pid}`;
  mkdirSync(join(target, ".."), { recursive: true });
  await promisify(execFile)("go", ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", fresh, "."], {
    cwd: source,
    env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
  });
  renameSync(fresh, target);
  return target;
}

/** What porcupine says of each history. */
export async function askPorcupine(
  program: string,
  histories: readonly (readonly Call[])[],
): Promise<readonly boolean[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  child.stdin.end(
    histories
      .map(
        (calls) =>
          `${JSON.stringify(calls.map((call) => ({ ...call, to: call.to === Number.POSITIVE_INFINITY ? 0 : call.to })))}\n`,
      )
      .join(""),
  );
  const code = await ended;
  if (code !== 0) throw new Error(`porcupine ended with ${code ?? "a signal"}`);
  return said
    .trimEnd()
    .split("\n")
    .map((line) => line === "true");
}
