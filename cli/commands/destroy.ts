import { applyHere } from "../../planning/bundle/apply";
import { destroyArgs } from "../../planning/bundle/session";
import { type BreakGlassOptions, brokenGates } from "../break-glass";
import { hasNothingLeft } from "../destroy/live";
import { destroyReview, showDestroy } from "../destroy/review";
import { lockTimeoutOf } from "../lock-timeout";
import { notDestroyed, wrongOption } from "../refusals";
import { openBeside, openBesideOrNot, startRun } from "../runs";
import { note } from "../terminal";
import { checkCommand } from "./check";

/** What `flywheel destroy` takes. */
export interface DestroyCommandOptions extends BreakGlassOptions {
  readonly autoApprove?: true;
  /** The stack's name, where nobody is asked for it. */
  readonly confirm?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly lockTimeout?: string;
}

/**
 * `flywheel destroy`: checks, names all that holds data, plans the destroy, shows it, asks for the stack's name, applies exactly that plan as
 * an apply does (lease, freeze, conditions, read-back), and ends the ledger entry. Killed at any instant, the same command goes on, once
 * `flywheel reconcile` has told what became of it. Where nothing is left, as after the apply of a reviewed destroy elsewhere, it only ends the
 * ledger entry here.
 */
export async function destroyCommand(id: string, options: DestroyCommandOptions): Promise<void> {
  requireSomebody(id, options);
  const broken = brokenGates(options);
  const run = startRun(id, options.json === true);
  if (options.dryRun === true) return showDestroy(run, options);
  const review = destroyReview(run, options);
  if (await hasNothingLeft(run.configuration, run.stack)) {
    await checkCommand([id], {}, note);
    return review.end();
  }
  const beside = await (broken === undefined ? openBesideOrNot(run) : openBeside(run));
  try {
    await applyHere({
      ...run,
      beside,
      planArgs: destroyArgs,
      lockTimeout: lockTimeoutOf(options.lockTimeout),
      ...(broken === undefined ? {} : { broken }),
      ...review,
    });
  } finally {
    beside?.close();
  }
  await review.end();
}

function requireSomebody(id: string, { autoApprove, confirm: confirmed, dryRun: isDry }: DestroyCommandOptions): void {
  if (isDry === true) return;
  if ((autoApprove === true) !== (confirmed !== undefined))
    throw wrongOption(
      autoApprove === true ? "--auto-approve is given without --confirm" : "--confirm is given without --auto-approve",
      `both: --auto-approve --confirm ${id}`,
    );
  if (autoApprove === true && confirmed !== id) throw notDestroyed(id, confirmed ?? "");
  if (autoApprove !== true && !process.stdin.isTTY)
    throw wrongOption("there is nobody to ask here", `a terminal, or --auto-approve --confirm ${id}`);
}
