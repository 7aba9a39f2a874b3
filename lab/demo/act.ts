import { type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { type Stage } from "./stage";

/** The environment that the demo adds: one small stack, to be moved while others look on. */
export const movedEnvironment = "lab";

/** What all commands of this act share. */
export interface Act {
  readonly stage: Stage;
  readonly engine: string;
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
}

export const flywheel: string = join(repositoryRoot, "bin", "flywheel");

/** Starts `flywheel serve` and tells where it listens. */
export async function serve(
  stage: Stage,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  listen = "127.0.0.1:0",
): Promise<{ url: string; server: ChildProcess }> {
  const server = stage.start(process.execPath, [flywheel, "serve", "--listen", listen, ...args], { env });
  const url = (await stage.waitFor(server, /listening on (\S+)/, "flywheel serve"))[1] ?? "";
  stage.say(`$ flywheel serve --listen ${listen} ${args.slice(0, 2).join(" ")}\n  listening on ${url}`);
  return { url, server };
}
