import { isReplay } from "../../lib/engine/environment";
import { plannedActions, summarize } from "../../planning/preview/actions";
import { driftedAddresses } from "../../planning/preview/drift";
import { type PlannedOn } from "../../planning/preview/prior-state";
import { documentOf, initialize, planFile, type Session, show, withSession } from "../../planning/bundle/session";
import { confirmIfNew } from "../new-state";
import { startRun, tellHeadline } from "../runs";
import { note, printJson } from "../terminal";
import { wrongOption } from "../refusals";
import { checkCommand } from "./check";
import { planBundle, type PlanCommandOptions } from "./plan-bundle";

/** `flywheel plan`: check, then the engine's own plan on the synthesized stack. With `--json` what it does, without any value. */
export async function planCommand(id: string, options: PlanCommandOptions): Promise<void> {
  if (options.destroy === true && options.out === undefined)
    throw wrongOption(
      "--destroy is given without --out",
      `--out NAME.flyplan, for review; or \`flywheel destroy ${id} --dry-run\`, which shows the plan`,
    );
  if (options.out !== undefined) return planBundle(id, options.out, options);
  const { json, readOnly } = options;
  const run = startRun(id, json === true);
  await checkCommand([id], readOnly === true ? { readOnly } : {}, note);
  await confirmIfNew(run.configuration, run.stack, options.autoApprove === true);
  let on: PlannedOn | undefined;
  const opened = async (session: Session) => {
    on = await tellHeadline(session, json === true);
  };
  await withSession(
    { ...run, opened },
    async ({ runner }) => {
      note(`running ${runner.engine} in ${runner.folder}`);
      await initialize(runner);
      await show(runner, "plan", ...(readOnly === true ? ["-lock=false"] : []), `-out=${planFile}`);
      if (json !== true) return;
      const { document } = await documentOf(runner);
      const actions = plannedActions(document);
      printJson({
        ok: true,
        id,
        replay: isReplay(process.env),
        engine: runner.engine,
        planned_on: on ?? null,
        summary: summarize(actions),
        actions: actions
          .filter(({ action }) => action !== "none")
          .map(({ address, action, previousAddress }) => ({
            address,
            action,
            ...(previousAddress === undefined ? {} : { previous_address: previousAddress }),
          })),
        drift: driftedAddresses(document),
      });
    },
    true,
  );
}
