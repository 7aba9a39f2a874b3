import { type StackInstance, type Configuration } from "../../lib/config/load";
import { plannedActions } from "../../planning/preview/actions";
import { ask } from "../ask";
import { asText, leftovers } from "../destroy/afterwards";
import { type HeldData } from "../destroy/data";
import { dataIn, endState } from "../destroy/live";
import { applyPlan, documentOf, makePlan, type MadePlan } from "../engine-steps";
import { holdsData, notDestroyed, nothingToDestroy, wrongOption } from "../refusals";
import { note, paint, print, printJson } from "../terminal";

interface DestroyCommandOptions {
  readonly autoApprove?: true;
  /** The stack's name, where nobody is asked for it. */
  readonly confirm?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/**
 * `flywheel destroy`: checks, names all that holds data, plans the destroy, shows it, asks for the stack's name, applies exactly that plan, and
 * ends the ledger entry. Killed at any instant, the same command goes on.
 */
export async function destroyCommand(id: string, options: DestroyCommandOptions): Promise<void> {
  requireSomebody(id, options);
  const quiet = options.json === true;
  const tell = quiet ? note : print;
  let data: HeldData = { allowed: [], kept: [] };
  const made = await makePlan(id, {
    quiet,
    args: ["-destroy"],
    afterCheck: async (configuration, stack) => {
      data = await allowedData(configuration, stack);
    },
  });
  const addresses = plannedActions(await documentOf(made)).flatMap(({ address, action }) =>
    action === "destroy" ? [address] : [],
  );
  for (const line of warnings(made, data)) tell(line);
  if (options.dryRun === true) {
    if (quiet) printJson({ ok: true, id, dry_run: true, destroys: addresses, data: data.allowed });
    else print(`${id}: this was a dry run, and nothing was destroyed`);
    return;
  }
  if (addresses.length > 0) {
    await confirm(made.stack, addresses.length, options);
    await applyPlan(made);
  }
  const remains = await endState(made.configuration, made.stack);
  const left = leftovers(made.configuration, made.stack, remains);
  if (quiet) printJson({ ok: true, id, destroyed: addresses, data: data.allowed, ...left });
  else print(asText(made.stack, addresses.length, left));
}

function requireSomebody(id: string, { autoApprove, confirm: confirmed, dryRun }: DestroyCommandOptions): void {
  if (dryRun === true) return;
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
async function allowedData(configuration: Configuration, stack: StackInstance): Promise<HeldData> {
  const data = await dataIn(configuration, stack);
  if (data === undefined) throw nothingToDestroy(stack.id, configuration.ledger.file);
  if (data.kept.length > 0) throw holdsData({ id: stack.id, file: configuration.organization.source.file, ...data });
  return data;
}

/** What somebody should know who is asked for the name. */
function warnings({ stack, needs }: MadePlan, { allowed }: HeldData): readonly string[] {
  const dependents = [...needs].flatMap(([other, list]) =>
    list
      .filter((need) => need.stack === stack.id)
      .map(({ namespace }) => `${other} has objects in namespace ${namespace}, which goes with ${stack.id}`),
  );
  return [
    ...allowed.map((address) => paint("red", `data is lost: ${address}`)),
    ...dependents.map((line) => paint("red", `${line}: destroy that first`)),
  ];
}

async function confirm({ id }: StackInstance, count: number, { autoApprove }: DestroyCommandOptions): Promise<void> {
  if (autoApprove === true) return;
  const given = await ask(`This destroys ${count} resources, for good. Type the stack's name, ${id}, to go on: `);
  if (given !== id) throw notDestroyed(id, given);
}
