import { bundleSubmitted } from "../refusals";
import { StoreConflict } from "../stores/object-store";
import { type ConditionalObject } from "./conditional-object";
import { encodeRecord, readRecord } from "./record";
import { type Applies, appliesSchema, type Submission } from "./schema";

const none: Applies = { version: 1, submitted: [], applies: [] };

/** As many addresses as a record keeps of one apply, and as many applies. */
const [keptChanges, keptApplies, keptBundles] = [500, 50, 2000];
/** Below what `flywheel serve` takes. */
const largest = 200 * 1024;

/** What was applied to a state, newest first. @throws UserError `record-unreadable`. */
export async function readApplies(object: ConditionalObject): Promise<Applies> {
  return (await readRecord(object, appliesSchema, "a list of applies"))?.record ?? none;
}

/** Returns where this bundle was never submitted. @throws UserError `bundle-submitted`, with when, by whom, and what came of it. */
export async function refuseSubmitted(object: ConditionalObject, bundle: string): Promise<void> {
  refuse(object, await readApplies(object), bundle);
}

function refuse(object: ConditionalObject, known: Applies, bundle: string, id?: string): void {
  const before = known.applies.find((one) => one.bundle === bundle);
  if (before?.id === id && id !== undefined) return;
  if (before !== undefined || known.submitted.includes(bundle)) throw bundleSubmitted(object.description, before);
}

/**
 * Says that an engine is about to start. It is kept beside the state, so it is known on every machine, and whatever becomes of this run.
 * @throws UserError `bundle-submitted` where it was said before.
 */
export async function recordSubmission(object: ConditionalObject, submission: Submission): Promise<void> {
  await change(object, (known) => {
    const { bundle, changes } = submission;
    if (bundle !== null) refuse(object, known, bundle, submission.id);
    const entry = {
      ...submission,
      changes: changes.slice(0, keptChanges),
      ...(changes.length > keptChanges ? { more: true as const } : {}),
    };
    const others = known.applies.filter(({ id }) => id !== submission.id);
    return {
      version: 1,
      submitted: [...new Set([...(bundle === null ? [] : [bundle]), ...known.submitted])].slice(0, keptBundles),
      applies: [entry, ...others],
    };
  });
}

/** Says more of an apply that was submitted; returns whether it is known. */
export async function amendSubmission(
  object: ConditionalObject,
  id: string,
  amend: (submission: Submission) => Submission,
): Promise<boolean> {
  let found = false;
  await change(object, (known) => {
    found = known.applies.some((one) => one.id === id);
    return { ...known, applies: known.applies.map((one) => (one.id === id ? amend(one) : one)) };
  });
  return found;
}

async function change(object: ConditionalObject, next: (known: Applies) => Applies): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const known = await readRecord(object, appliesSchema, "a list of applies");
    const bytes = fitting(next(known?.record ?? none));
    try {
      if (known === undefined) await object.create(bytes);
      else await object.replace(bytes, known.version);
      return;
    } catch (error) {
      // So many lost races are none: the store contradicts itself.
      if (!(error instanceof StoreConflict) || attempt >= 16) throw error;
    }
  }
}

/** The newest applies that there is room for. A broken gate that nobody has acknowledged stays, whatever its age. */
function fitting({ submitted, applies }: Applies): Buffer {
  const isOpen = ({ broken }: Submission) => broken !== undefined && broken.acknowledged === undefined;
  const room = Math.max(1, keptApplies - applies.filter(isOpen).length);
  const others = new Set(applies.filter((one) => !isOpen(one)).slice(0, room));
  let kept = applies.filter((one) => isOpen(one) || others.has(one)).slice(0, keptApplies);
  for (;;) {
    const bytes = encodeRecord({ version: 1, submitted, applies: kept });
    if (bytes.length <= largest || kept.length <= 1) return bytes;
    const oldest = kept.findLastIndex((one) => !isOpen(one));
    kept = kept.filter((_, index) => index !== (oldest <= 0 ? kept.length - 1 : oldest));
  }
}
