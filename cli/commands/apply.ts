import { identitiesIn, readIdentities } from "../../authority/backup/identity";
import { requirements } from "../../lib/config/plan";
import { applyBundle, applyHere, type ApplyOptions } from "../../planning/bundle/apply";
import { bundleOfOther } from "../../planning/bundle/refusals";
import { readBundle } from "../../planning/bundle/open";
import { type SessionOptions } from "../../planning/bundle/session";
import { type Requirement } from "../../planning/approval/requirements";
import { type Broken } from "../../planning/bundle/submit";
import { ask } from "../ask";
import { brokenGates, type BreakGlassOptions } from "../break-glass";
import { lockTimeoutOf } from "../lock-timeout";
import { destroyReview } from "../destroy/review";
import { wrongOption } from "../refusals";
import { tellIfNew } from "../new-state";
import { openBeside, openBesideOrNot, startRun } from "../runs";
import { note, printJson } from "../terminal";
import { checkCommand } from "./check";
import { nobodyToAsk, notApplied } from "./refusals";
import { planIdentityVariable } from "./with-secrets";

/** What `flywheel apply` takes. */
export interface ApplyCommandOptions extends BreakGlassOptions {
  readonly autoApprove?: true;
  readonly identity?: string;
  readonly ifEqual?: true;
  readonly pullRequest?: string;
  readonly stack?: string;
  readonly maker?: readonly string[];
  readonly require?: readonly string[];
  readonly lockTimeout?: string;
  readonly json?: true;
}

/** `flywheel apply`: of a bundle exactly what was reviewed, and of a destroy all that `flywheel destroy` does; of a stack what is planned, shown and asked for in this run. */
export async function applyCommand(target: string, options: ApplyCommandOptions): Promise<void> {
  if (options.autoApprove !== true && !process.stdin.isTTY) {
    throw nobodyToAsk("--auto-approve");
  }
  const broken = brokenGates(options);
  if (/\.flyplan$/.test(target)) return applyReviewed(target, options, broken);
  const ofBundle = [options.identity, options.ifEqual, options.stack, options.pullRequest, options.maker];
  if (ofBundle.some((option) => option !== undefined))
    throw wrongOption(
      `--identity, --if-equal, --stack, --pull-request and --maker belong to a bundle, and "${target}" is none`,
      "NAME.flyplan",
    );
  const session = startRun(target, options.json === true);
  const beside = await (broken === undefined ? openBesideOrNot(session) : openBeside(session));
  try {
    await applyHere({ ...applying(session, target, options, broken), beside });
    if (options.json === true) printJson({ ok: true, id: target });
  } finally {
    beside?.close();
  }
}

async function applyReviewed(file: string, options: ApplyCommandOptions, broken: Broken | undefined): Promise<void> {
  const bundle = readBundle(file);
  const identities = identitiesOf(options);
  const { id } = bundle.receipt;
  if (options.stack !== undefined && options.stack !== id) throw bundleOfOther(bundle.receiptFile, id, options.stack);
  if (bundle.receipt.destroy === true && options.autoApprove === true && options.stack === undefined)
    throw wrongOption(
      `${file} destroys ${id}, and --auto-approve is given without --stack`,
      `both: --auto-approve --stack ${id}`,
    );
  const session = startRun(id, options.json === true);
  const destroy = bundle.receipt.destroy === true ? destroyReview(session, options) : undefined;
  const beside = await openBeside(session);
  try {
    await applyBundle({
      ...applying(session, id, options, broken),
      ...destroy,
      beside,
      bundle,
      identities,
      ifEqual: options.ifEqual === true,
      ...(options.pullRequest === undefined ? {} : { pullRequest: options.pullRequest }),
      ...(options.maker === undefined ? {} : { makers: options.maker }),
    });
    if (destroy !== undefined) await destroy.end({ bundle: bundle.receipt.bundle });
    else if (options.json === true) printJson({ ok: true, id, bundle: bundle.receipt.bundle });
  } finally {
    beside.close();
  }
}

/** @throws UsageError where none is named. */
function identitiesOf({ identity }: ApplyCommandOptions): readonly string[] {
  if (identity !== undefined) return readIdentities(identity);
  const text = process.env[planIdentityVariable] ?? "";
  if (text !== "") return identitiesIn(text, planIdentityVariable);
  throw wrongOption(
    "a bundle is encrypted, and --identity is missing",
    `--identity KEYFILE, as \`age-keygen\` writes it, or its text in ${planIdentityVariable}`,
  );
}

function applying(
  session: SessionOptions,
  id: string,
  { autoApprove, lockTimeout, require = [] }: ApplyCommandOptions,
  broken: Broken | undefined,
): Omit<ApplyOptions, "beside"> {
  return {
    ...session,
    ...(broken === undefined ? {} : { broken }),
    lockTimeout: lockTimeoutOf(lockTimeout),
    alsoRequired: require.map(requirementOf),
    check: async () => {
      await checkCommand([id], {}, note);
      // The question below, asked with the plan in view, covers this one.
      await tellIfNew(session.configuration, session.stack);
    },
    confirm: async () => {
      if (autoApprove === true) return true;
      if ((await ask(`Apply this plan to ${id}? Only "yes" does: `)) !== "yes") throw notApplied(id);
      return true;
    },
  };
}

function requirementOf(name: string): Requirement {
  const found = requirements.find((one) => one === name);
  if (found === undefined) throw wrongOption(`--require is "${name}"`, `some of ${requirements.join(", ")}`);
  return found;
}
