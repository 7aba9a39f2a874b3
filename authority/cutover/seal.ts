import { type LockInfo } from "../lock-info";

const marker = "moved by flywheel to ";

/**
 * The lock that a cutover takes on the place it leaves. It is never given back: then it is the seal, and says so from the first
 * moment, because many servers can't change a lock that is held.
 */
export function sealInfo(options: { readonly id: string; readonly who: string; readonly newPlace: string; readonly created: string; readonly path: string }): LockInfo {
  return {
    ID: options.id,
    Operation: "cutover",
    Info: `${marker}${options.newPlace}`,
    Who: options.who,
    Version: "flywheel",
    Created: options.created,
    Path: options.path,
  };
}

/** Where a held lock says the state has moved to; undefined for an ordinary lock. */
export function sealedTo(lock: LockInfo | undefined): string | undefined {
  return lock?.Operation === "cutover" && lock.Info.startsWith(marker) ? lock.Info.slice(marker.length) : undefined;
}
