import { engineFailed } from "../../lib/engine/refusals";
import { type EngineRun, runEngine } from "../../lib/engine/run";
import { type PlanDocument, readPlan } from "./plan-document";

/** What `show -json` prints of a plan. It holds secrets in clear: it stays in this process. */
export interface ShownPlan {
  readonly bytes: Buffer;
  readonly document: PlanDocument;
}

/** What an engine shows of a plan that was saved in its folder. @throws UserError where it fails, and as readPlan. */
export async function showPlan(
  { engine, folder, env }: Pick<EngineRun, "engine" | "folder" | "env">,
  file: string,
): Promise<ShownPlan> {
  const { exitCode, stdout, stderr } = await runEngine({ engine, folder, env, args: ["show", "-json", file] });
  if (exitCode !== 0) throw engineFailed("show", exitCode, stderr.trim().split("\n")[0] ?? "");
  return { bytes: Buffer.from(stdout), document: readPlan(stdout, engine) };
}
