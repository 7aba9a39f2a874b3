import { UserError } from "../../../lib/errors";
import { Journal } from "../../cutover/journal";
import { isUnfinished, type JournalRecord } from "../../cutover/record";
import { sealedTo } from "../../cutover/seal";
import { stateVersions, type StateVersion, type VersionReader } from "../../history/versions";
import { besideObjects } from "../../lease/beside-objects";
import { applyOf, besideFacts, type BesideFacts } from "../../lease/facts";
import { type Submission } from "../../lease/schema";
import { readGeneration } from "../../ledger/generation";
import { type LockInfo } from "../../state/lock-info";
import { type ObjectStore } from "../../stores/object-store";
import { type ServedState } from "../options";

/** What is known of one state at a moment. Nothing of its content. */
export interface Look {
  readonly state: ServedState;
  readonly generation?: number;
  /** Newest first. */
  readonly versions: readonly StateVersion[];
  readonly holder?: LockInfo;
  /** Where a seal says that the state has gone. */
  readonly sealedTo?: string;
  readonly cutover?: JournalRecord;
  readonly beside?: BesideFacts;
  /** The apply that wrote the newest version, where one of ours did. */
  readonly lastApply?: Submission;
  /** What could not be read, and why. */
  readonly problem?: string;
}

interface Looking {
  readonly store: ObjectStore;
  readonly holder: () => Promise<LockInfo | undefined>;
  /** Reads the state by its rules; asked where nothing is listed, which may be an outage. */
  readonly read: () => Promise<unknown>;
  /** Reads versions, within the memory that requests share. */
  readonly reader: VersionReader;
  readonly now: Date;
  /** So many versions are shown. */
  readonly limit: number;
}

/** Looks at a state without touching it. An outage is a look with a problem, never an exception. */
export async function lookAt(state: ServedState, { store, holder, read, reader, now, limit }: Looking): Promise<Look> {
  const { key } = state;
  try {
    const [versions, held, generation, journal, beside] = await Promise.all([
      stateVersions(store, key, limit, reader),
      holder(),
      readGeneration(store, key),
      Journal.peek(store, key),
      besideFacts(besideObjects(store, key), now),
    ]);
    if (versions.length === 0) await read();
    const moved = sealedTo(held);
    const lastApply = applyOf(beside, versions[0]?.serial);
    return {
      state,
      versions,
      beside,
      ...(generation === undefined ? {} : { generation: generation.generation }),
      ...(held === undefined ? {} : moved === undefined ? { holder: held } : { sealedTo: moved }),
      ...(isUnfinished(journal) ? { cutover: journal } : {}),
      ...(lastApply === undefined ? {} : { lastApply }),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { state, versions: [], problem: error.problems.map(({ what }) => what).join("; ") };
  }
}
