import { type Gate, gates } from "../../authority/lease/schema";
import { readIdentities } from "../../authority/backup/identity";
import { UsageError, UserError } from "../../lib/errors";
import { applyBundle, applyHere, type ApplyOptions } from "../../planning/bundle/apply";
import { readBundle } from "../../planning/bundle/open";
import { type SessionOptions } from "../../planning/bundle/session";
import { type Broken } from "../../planning/bundle/submit";
import { ask } from "../ask";
import { wrongOption } from "../refusals";
import { tellIfNew } from "../new-state";
import { openBeside, openBesideOrNot, startRun } from "../runs";
import { note } from "../terminal";
import { checkCommand } from "./check";

/** What `flywheel apply` takes. */
export interface ApplyCommandOptions {
  readonly autoApprove?: true;
  readonly identity?: string;
  readonly ifEqual?: true;
  readonly pullRequest?: string;
  readonly breakGlass?: string;
  readonly why?: string;
}

/** `flywheel apply`: of a bundle exactly what was reviewed; of a stack what is planned, shown and asked for in this run. */
export async function applyCommand(target: string, options: ApplyCommandOptions): Promise<void> {
  if (options.autoApprove !== true && !process.stdin.isTTY) {
    throw new UsageError({
      code: "usage",
      what: "there is nobody to ask here",
      expected: "a terminal, or --auto-approve",
    });
  }
  const broken = brokenGates(options);
  if (/\.flyplan$/.test(target)) return applyReviewed(target, options, broken);
  if (options.identity !== undefined || options.ifEqual === true)
    throw wrongOption(`--identity and --if-equal belong to a bundle, and "${target}" is none`, "NAME.flyplan");
  const session = startRun(target, false);
  const beside = await openBesideOrNot(session);
  try {
    await applyHere({ ...applying(session, target, options, broken), beside });
  } finally {
    beside?.close();
  }
}

async function applyReviewed(file: string, options: ApplyCommandOptions, broken: Broken | undefined): Promise<void> {
  const bundle = readBundle(file);
  if (options.identity === undefined)
    throw wrongOption(
      "a bundle is encrypted, and --identity is missing",
      "--identity KEYFILE, as `age-keygen` writes it",
    );
  const identities = readIdentities(options.identity);
  const { id } = bundle.receipt;
  const session = startRun(id, false);
  const beside = await openBeside(session);
  try {
    await applyBundle({
      ...applying(session, id, options, broken),
      beside,
      bundle,
      identities,
      ifEqual: options.ifEqual === true,
      ...(options.pullRequest === undefined ? {} : { pullRequest: options.pullRequest }),
    });
  } finally {
    beside.close();
  }
}

function applying(
  session: SessionOptions,
  id: string,
  { autoApprove }: ApplyCommandOptions,
  broken: Broken | undefined,
): Omit<ApplyOptions, "beside"> {
  return {
    ...session,
    ...(broken === undefined ? {} : { broken }),
    check: async () => {
      await checkCommand([id], {}, note);
      // What is asked below, with the plan in view, covers it.
      await tellIfNew(session.configuration, session.stack);
    },
    confirm: async () => {
      if (autoApprove === true) return;
      if ((await ask(`Apply this plan to ${id}? Only "yes" does: `)) !== "yes")
        throw new UserError({ code: "not-applied", what: `${id} was not applied`, expected: "yes" });
    },
  };
}

function brokenGates({ breakGlass, why }: ApplyCommandOptions): Broken | undefined {
  if (breakGlass === undefined) {
    if (why !== undefined) throw wrongOption("--why says why a condition is lifted", "--break-glass GATE --why TEXT");
    return undefined;
  }
  const named = breakGlass.split(",").map((name) => name.trim());
  const unknown = named.filter((name) => !gates.some((gate) => gate === name));
  if (unknown.length > 0)
    throw wrongOption(
      `--break-glass lifts no "${unknown.join(", ")}"`,
      `some of ${gates.join(",")}; never lock, lineage, serial, identity or cluster UID`,
    );
  if (why === undefined || why.trim() === "") throw wrongOption("--break-glass without a reason", "--why TEXT");
  return { gates: gates.filter((gate): gate is Gate => named.includes(gate)), why };
}
