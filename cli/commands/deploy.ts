import { isReplay } from "../../lib/engine/environment";
import { plannedActions, summarize } from "../../planning/preview/actions";
import { driftedAddresses } from "../../planning/preview/drift";
import { documentOf, makePlan } from "../engine-steps";
import { confirmIfNew } from "../new-state";
import { printJson } from "../terminal";
import { planBundle } from "./plan-bundle";

/** `flywheel plan`: check, then the engine's own plan on the synthesized stack. With `--json` what it does, without any value. */
export async function planCommand(
  id: string,
  options: { readonly json?: true; readonly readOnly?: true; readonly out?: string; readonly autoApprove?: true },
): Promise<void> {
  if (options.out !== undefined) return planBundle(id, options.out, options);
  const made = await makePlan(id, {
    quiet: options.json === true,
    readOnly: options.readOnly === true,
    afterCheck: (configuration, stack) => confirmIfNew(configuration, stack, options.autoApprove === true),
  });
  if (options.json !== true) return;
  const document = await documentOf(made);
  const actions = plannedActions(document);
  printJson({
    ok: true,
    id,
    replay: isReplay(process.env),
    engine: made.engine,
    planned_on: made.on ?? null,
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
}
