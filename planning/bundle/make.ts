import { type BesideState } from "../../authority/lease/beside-state";
import { encrypt } from "../../authority/backup/age";
import { writeFileAtomically } from "../../lib/files";
import { sha256 } from "../../lib/sha256";
import { whatItDoes } from "./changes";
import { standingNow, stateNow } from "./now";
import { encodePack } from "./pack";
import { type Receipt, receiptFileOf, writeReceipt } from "./receipt";
import { noRecipients, stateMovedMeanwhile } from "./refusals";
import { planRecipients } from "../../lib/config/plan";
import {
  destroyArgs,
  documentOf,
  fileIn,
  lockFile,
  planFile,
  type Session,
  type SessionOptions,
  show,
} from "./session";

/** Refuses before anything is planned where nobody could open the bundle. @throws UserError `no-plan-recipients`. */
export function requireRecipients({
  configuration,
  stack,
}: Pick<SessionOptions, "configuration" | "stack">): readonly string[] {
  const { state, source } = configuration.organization;
  const recipients = planRecipients(state.plan, stack.environment);
  if (recipients.length === 0) throw noRecipients(source.file, stack.environment);
  return recipients;
}

/**
 * Plans, before people, in an initialised folder, and writes the bundle to `file` and its receipt beside it. Nothing of the plan is left in
 * clear. @throws UserError where the state was written meanwhile.
 */
export async function makeBundle(
  session: Session,
  beside: BesideState,
  file: string,
  {
    who,
    makers,
    readOnly,
    destroy,
  }: {
    readonly who: string;
    readonly makers: readonly string[];
    readonly readOnly: boolean;
    /** Of all that the stack has. */
    readonly destroy: boolean;
  },
): Promise<Receipt> {
  const { runner, stack, synthesized } = session;
  const recipients = requireRecipients(session);
  const before = await stateNow(session);
  const args = [...(readOnly ? ["-lock=false"] : []), ...(destroy ? destroyArgs : [])];
  await show(runner, "plan", ...args, `-out=${planFile}`);
  const { bytes: document, document: parsed } = await documentOf(runner);
  const standing = await standingNow(session, beside);
  if (before?.lineage !== standing.state?.lineage || before?.serial !== standing.state?.serial)
    throw stateMovedMeanwhile(stack.id);
  const plan = fileIn(runner, planFile);
  if (plan === undefined) throw new Error("the engine left no plan");
  const providers = fileIn(runner, lockFile);
  const pack = encodePack({ plan, document, synthesized, ...(providers === undefined ? {} : { providers }) });
  const bundle = await encrypt(pack, recipients, "state.plan.recipients");
  const does = whatItDoes(parsed);
  const receipt: Receipt = {
    version: 1,
    ...standing,
    who,
    ...(makers.length === 0 ? {} : { makers: [...makers] }),
    at: new Date().toISOString(),
    ...(destroy ? { destroy: true as const } : {}),
    bundle: sha256(bundle),
    plan: sha256(plan),
    document: sha256(document),
    changes: [...does.changes],
    drift: [...does.drift],
    outputs: [...does.outputs],
  };
  writeFileAtomically(file, bundle, 0o600);
  writeReceipt(receiptFileOf(file), receipt);
  return receipt;
}
