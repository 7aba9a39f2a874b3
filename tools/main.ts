import { constants } from "node:os";
import { findEngine } from "../lib/engine/find";
import { UserError } from "../lib/errors";
import { buildTool } from "./build-tool";
import { clusterTools, openTofu, testTools } from "./catalogue";
import { unknownTool } from "./refusals";
import { type Progress, type Tool } from "./tool";

/** A compiler keeps one core busy or both, an installer waits for the network: two cores are well used by two of them. */
const atOnce = 2;

/** `make tools`: every tool of `make test`, or those named. The exit code is 1 where one is missing in the end; the others are made all the same. */
async function main(names: readonly string[]): Promise<number> {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const tools = names.length === 0 ? allTools() : names.map(byName);
  const failures = await buildAll(tools, progress);
  for (const failure of failures) progress(failure.message);
  return failures.length === 0 ? 0 : 1;
}

/** OpenTofu is among them unless there is a `tofu` to test with; with Terraform alone half of the engines would go untested. */
function allTools(): readonly Tool[] {
  return hasTofu() ? testTools : [openTofu, ...testTools];
}

function hasTofu(): boolean {
  try {
    return findEngine({ PATH: process.env["PATH"], FLYWHEEL_ENGINE: "tofu" }) !== "";
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

function byName(name: string): Tool {
  const known = [openTofu, ...testTools, ...clusterTools];
  const tool = known.find((one) => one.name === name);
  if (tool === undefined)
    throw unknownTool(
      name,
      known.map((one) => one.name),
    );
  return tool;
}

/** Makes them in their order, `atOnce` at a time, and returns what went wrong. After a signal none is begun. */
async function buildAll(tools: readonly Tool[], progress: Progress): Promise<readonly UserError[]> {
  const [left, failures] = [[...tools], new Array<UserError>()];
  const worker = async () => {
    for (let tool = left.shift(); tool !== undefined && stoppedBy === undefined; tool = left.shift()) {
      try {
        await buildTool(tool, progress);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return failures;
}

let stoppedBy: NodeJS.Signals | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => (stoppedBy = signal));

main(process.argv.slice(2)).then(
  (code) => process.exit(stoppedBy === undefined ? code : 128 + constants.signals[stoppedBy]),
  (error: unknown) => {
    process.stderr.write(`${error instanceof UserError ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
