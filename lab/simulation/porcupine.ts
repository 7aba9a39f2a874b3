import { spawn } from "node:child_process";
import { type Call } from "./history";

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
