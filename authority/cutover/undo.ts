import { type CutoverOptions } from "./cutover";
import { Journal, type JournalRecord } from "./journal";
import { destinationLock, release, sha256 } from "./steps";

/**
 * Takes back what a cutover that is being undone, or was, has left at both places: the copy and its locks. All of it is known by
 * ID or hash, so it can be repeated at any later time: a process that was slow, or a request that was long on its way, may have
 * locked or copied after the first undoing looked.
 */
export async function undo(options: CutoverOptions, record: JournalRecord): Promise<void> {
  await removeCopy(options, record);
  // A seal that was there before this cutover stays. Where both places are one object, a slow process may have taken this lock first.
  if (!record.destinationWasSealed) await release(options.destination, record.to.lock, options.who);
  await release(options.source, record.from.lock, options.who);
}

async function removeCopy(options: CutoverOptions, record: JournalRecord): Promise<void> {
  const { destination, who } = options;
  if (record.sameObject || record.moved === undefined) return;
  const there = await destination.state.read();
  // What was there before, an older copy under a seal or under nobody's flag, can stay what it is: a copy.
  if (there === undefined || record.replaced !== null || sha256(there.bytes) !== record.moved.sha256) return;
  await destination.state.lock(destinationLock(options, record), who);
  // Under the lock no later cutover can make this place the live one.
  if (await isUndone(options, record)) await destination.state.delete(record.to.lock, who);
}

/** Whether the journal still says that this cutover is undone. A later one may have moved the same bytes to the same place. */
async function isUndone({ store, stateKey }: CutoverOptions, record: JournalRecord): Promise<boolean> {
  const now = await Journal.peek(store, stateKey);
  return now?.id === record.id && (now.state === "aborting" || now.state === "aborted");
}
