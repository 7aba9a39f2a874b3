import { type LockInfo } from "../state/lock-info";

const prefix = "moved-to:";

/** Servers keep lock IDs of at most 255 characters (GitLab's column). */
const placeLimit = 190;

/**
 * The ID of the lock that a cutover takes on the place it leaves. That lock is never given back: it is the seal, and says so from
 * the first moment. The mark is in the ID, because that is all that every server keeps: GitLab drops the other fields, and a
 * refused client is shown its own.
 */
export function sealId(newPlace: string, unique: string): string {
  return `${prefix}${newPlace.slice(0, placeLimit)}#${unique}`;
}

/** The lock that goes with a seal's ID. */
export function sealInfo(options: {
  readonly id: string;
  readonly who: string;
  readonly newPlace: string;
  readonly created: string;
  readonly path: string;
}): LockInfo {
  return {
    ID: options.id,
    Operation: "cutover",
    Info: `moved by flywheel to ${options.newPlace}`,
    Who: options.who,
    Version: "flywheel",
    Created: options.created,
    Path: options.path,
  };
}

/** Where a held lock says the state has moved to (cut to 190 characters); undefined for an ordinary lock. */
export function sealedTo(lock: Pick<LockInfo, "ID"> | undefined): string | undefined {
  const id = lock?.ID ?? "";
  const end = id.lastIndexOf("#");
  return id.startsWith(prefix) && end > 0 ? id.slice(prefix.length, end) : undefined;
}

/** Whether a held lock is the seal of a move to this place. */
export function isSealTo(lock: LockInfo | undefined, place: string): boolean {
  return sealedTo(lock) === place.slice(0, placeLimit);
}
