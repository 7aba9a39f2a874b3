import { isReplay } from "../../lib/engine/environment";
import { UsageError, UserError } from "../../lib/errors";
import { plannedActions, summarize } from "../../planning/preview/actions";
import { driftedAddresses } from "../../planning/preview/drift";
import { ask } from "../ask";
import { applyPlan, documentOf, makePlan } from "../engine-steps";
import { printJson } from "../terminal";

/** `flywheel plan`: check, then the engine's own plan on the synthesized stack. With `--json` what it does, without any value. */
export async function planCommand(
  id: string,
  options: { readonly json?: true; readonly readOnly?: true },
): Promise<void> {
  const made = await makePlan(id, { quiet: options.json === true, readOnly: options.readOnly === true });
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

/** `flywheel apply`: check, plan, show, ask, and apply exactly the plan that was shown. */
export async function applyCommand(id: string, options: { readonly autoApprove?: true }): Promise<void> {
  if (options.autoApprove !== true && !process.stdin.isTTY) {
    throw new UsageError({
      code: "usage",
      what: "there is nobody to ask here",
      expected: "a terminal, or --auto-approve",
    });
  }
  const made = await makePlan(id, { quiet: false });
  if (options.autoApprove !== true && (await ask(`Apply this plan to ${id}? Only "yes" does: `)) !== "yes")
    throw new UserError({ code: "not-applied", what: `${id} was not applied`, expected: "yes" });
  await applyPlan(made);
}
