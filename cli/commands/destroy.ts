import { type StackInstance } from "../../lib/config/load";
import { applyHere } from "../../planning/bundle/apply";
import {
  documentOf,
  initialize,
  planFile,
  type Session,
  type SessionOptions,
  show,
  withSession,
} from "../../planning/bundle/session";
import { plannedActions } from "../../planning/preview/actions";
import { type PlanDocument } from "../../planning/preview/plan-document";
import { ask } from "../ask";
import { type BreakGlassOptions, brokenGates } from "../break-glass";
import { asText, leftovers } from "../destroy/afterwards";
import { type HeldData } from "../destroy/data";
import { dataIn, endState } from "../destroy/live";
import { lockTimeoutOf } from "../lock-timeout";
import { holdsData, notDestroyed, nothingToDestroy, wrongOption } from "../refusals";
import { openBeside, openBesideOrNot, startRun } from "../runs";
import { note, paint, print, printJson } from "../terminal";
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

/** The engine's word for it. */
const planArgs = ["-destroy"];

/**
 * `flywheel destroy`: checks, names all that holds data, plans the destroy, shows it, asks for the stack's name, applies exactly that plan as
 * an apply does (lease, freeze, conditions, read-back), and ends the ledger entry. Killed at any instant, the same command goes on, once
 * `flywheel reconcile` has told what became of it.
 */
export async function destroyCommand(id: string, options: DestroyCommandOptions): Promise<void> {
  requireSomebody(id, options);
  const broken = brokenGates(options);
  const run = startRun(id, options.json === true);
  if (options.dryRun === true) return dryRun(run, options);
  let data: HeldData = { allowed: [], kept: [] };
  let destroyed: readonly string[] = [];
  const beside = await (broken === undefined ? openBesideOrNot(run) : openBeside(run));
  try {
    await applyHere({
      ...run,
      beside,
      planArgs,
      lockTimeout: lockTimeoutOf(options.lockTimeout),
      ...(broken === undefined ? {} : { broken }),
      check: async () => {
        await checkCommand([id], {}, note);
        data = await allowedData(run);
      },
      confirm: async (planned, session) => {
        destroyed = destroys(planned);
        for (const line of warnings(session, data)) tellOf(options)(line);
        if (destroyed.length === 0) return false;
        await confirm(run.stack, destroyed.length, options);
        return true;
      },
    });
  } finally {
    beside?.close();
  }
  const remains = await endState(run.configuration, run.stack);
  const left = leftovers(run.configuration, run.stack, remains);
  if (options.json === true) printJson({ ok: true, id, destroyed, data: data.allowed, ...left });
  else print(asText(run.stack, destroyed.length, left));
}

/** Checks and shows the plan. */
async function dryRun(run: SessionOptions, options: DestroyCommandOptions): Promise<void> {
  const { id } = run.stack;
  await checkCommand([id], {}, note);
  const data = await allowedData(run);
  const addresses = await withSession(run, async (session) => {
    await initialize(session.runner);
    await show(session.runner, "plan", ...planArgs, `-out=${planFile}`);
    for (const line of warnings(session, data)) tellOf(options)(line);
    return destroys((await documentOf(session.runner)).document);
  });
  if (options.json === true) printJson({ ok: true, id, dry_run: true, destroys: addresses, data: data.allowed });
  else print(`${id}: this was a dry run, and nothing was destroyed`);
}

const tellOf = ({ json }: DestroyCommandOptions) => (json === true ? note : print);

function destroys(planned: PlanDocument): readonly string[] {
  return plannedActions(planned).flatMap(({ address, action }) => (action === "destroy" ? [address] : []));
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

/** @throws UserError that names everything at once that may not go yet. */
async function allowedData({ configuration, stack }: SessionOptions): Promise<HeldData> {
  const data = await dataIn(configuration, stack);
  if (data === undefined) throw nothingToDestroy(stack.id, configuration.ledger.file);
  if (data.kept.length > 0) throw holdsData({ id: stack.id, file: configuration.organization.source.file, ...data });
  return data;
}

/** What somebody should know who is asked for the name. */
function warnings({ stack, needs }: Session, { allowed }: HeldData): readonly string[] {
  const dependents = [...needs].flatMap(([other, list]) =>
    list
      .filter((need) => need.stack === stack.id)
      .map(({ namespace }) => `${other} has objects in namespace ${namespace}, which goes with ${stack.id}`),
  );
  return [
    ...(stack.folder === undefined
      ? []
      : [paint("yellow", "not checked: what of it holds data. Only prevent_destroy in its own HCL keeps it")]),
    ...allowed.map((address) => paint("red", `data is lost: ${address}`)),
    ...dependents.map((line) => paint("red", `${line}: destroy that first`)),
  ];
}

async function confirm({ id }: StackInstance, count: number, { autoApprove }: DestroyCommandOptions): Promise<void> {
  if (autoApprove === true) return;
  const given = await ask(`This destroys ${count} resources, for good. Type the stack's name, ${id}, to go on: `);
  if (given !== id) throw notDestroyed(id, given);
}
