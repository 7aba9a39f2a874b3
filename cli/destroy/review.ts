import { type StackInstance } from "../../lib/config/load";
import { destroyArgs, documentOf, initialize, planFile, show, withSession } from "../../planning/bundle/session";
import { type Session, type SessionOptions } from "../../planning/bundle/session";
import { plannedActions } from "../../planning/preview/actions";
import { type PlanDocument } from "../../planning/preview/plan-document";
import { ask } from "../ask";
import { holdsData, notDestroyed, nothingToDestroy } from "../refusals";
import { note, paint, print, printJson } from "../terminal";
import { checkCommand } from "../commands/check";
import { asText, leftovers } from "./afterwards";
import { type HeldData } from "./data";
import { dataIn, endState } from "./live";

interface ReviewOptions {
  readonly autoApprove?: true;
  readonly json?: true;
}

/** What an apply of a destroy does beyond that of any plan, in the order of its steps. */
export interface DestroyReview {
  /** @throws UserError where a check fails, or something holds data that may not go. */
  check(): Promise<void>;
  /** Says what is lost, and asks for the stack's name; false where nothing is left to destroy. @throws UserError for another name. */
  confirm(planned: PlanDocument, session: Session): Promise<boolean>;
  /** Ends the ledger entry, and says what is left to do; `more` stands in the document, too. @throws UserError where something is left in the state. */
  end(more?: Readonly<Record<string, string>>): Promise<void>;
}

/** The review of one destroy, whether it is planned in this run or lies in a bundle. */
export function destroyReview(run: SessionOptions, options: ReviewOptions): DestroyReview {
  const { configuration, stack } = run;
  let data: HeldData = { allowed: [], kept: [] };
  let destroyed: readonly string[] = [];
  return {
    check: async () => {
      await checkCommand([stack.id], {}, note);
      data = await allowedData(run);
    },
    confirm: async (planned, session) => {
      destroyed = destroys(planned);
      for (const line of warnings(session, data)) tellOf(options)(line);
      if (destroyed.length === 0) return false;
      await askForName(stack, destroyed.length, options);
      return true;
    },
    end: async (more = {}) => {
      const left = leftovers(configuration, stack, await endState(configuration, stack));
      if (options.json === true) printJson({ ok: true, id: stack.id, ...more, destroyed, data: data.allowed, ...left });
      else print(asText(stack, destroyed.length, left));
    },
  };
}

/** Checks and shows the plan, and destroys nothing. */
export async function showDestroy(run: SessionOptions, options: ReviewOptions): Promise<void> {
  const { id } = run.stack;
  await checkCommand([id], {}, note);
  const data = await allowedData(run);
  const addresses = await withSession(run, async (session) => {
    await initialize(session.runner);
    await show(session.runner, "plan", ...destroyArgs, `-out=${planFile}`);
    for (const line of warnings(session, data)) tellOf(options)(line);
    return destroys((await documentOf(session.runner)).document);
  });
  if (options.json === true) printJson({ ok: true, id, dry_run: true, destroys: addresses, data: data.allowed });
  else print(`${id}: this was a dry run, and nothing was destroyed`);
}

/** What holds data in the live state, all of which may go. @throws UserError that names everything at once that may not go yet. */
export async function allowedData({
  configuration,
  stack,
}: Pick<SessionOptions, "configuration" | "stack">): Promise<HeldData> {
  const data = await dataIn(configuration, stack);
  if (data === undefined) throw nothingToDestroy(stack.id, configuration.ledger.file);
  if (data.kept.length > 0) throw holdsData({ id: stack.id, file: configuration.organization.source.file, ...data });
  return data;
}

/** What somebody should know who reads a plan that destroys a stack. */
export function warnings({ stack, needs }: Session, { allowed }: HeldData): readonly string[] {
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

const tellOf = ({ json }: ReviewOptions) => (json === true ? note : print);

function destroys(planned: PlanDocument): readonly string[] {
  return plannedActions(planned).flatMap(({ address, action }) => (action === "destroy" ? [address] : []));
}

async function askForName({ id }: StackInstance, count: number, { autoApprove }: ReviewOptions): Promise<void> {
  if (autoApprove === true) return;
  const given = await ask(`This destroys ${count} resources, for good. Type the stack's name, ${id}, to go on: `);
  if (given !== id) throw notDestroyed(id, given);
}
