import { z } from "zod";
import { Journal } from "../../authority/cutover/journal";
import { describeCutover } from "../../authority/cutover/record";
import { type CutoverOptions, type NamedPlace } from "../../authority/cutover/move";
import { generationSuffix } from "../../authority/ledger/generation";
import { lockKey, parseLockInfo, type LockInfo } from "../../authority/state/lock-info";
import { StoreUnavailable, type ObjectStore } from "../../authority/stores/object-store";
import { ownFolder } from "../../lib/config/backends/object-key";
import { type LedgerEntry } from "../../lib/config/ledger";
import { Bucket, type Version } from "./bucket";
import { History } from "./history";
import { otherBackend, movableBackends, type MovableBackend } from "../../lib/config/backends";
import { type Scenario } from "./scenario";
import { type Scheduler, type Task } from "./scheduler";
import { type Code } from "./shipped";
import { decodeState, encodeState, lineage, type SimulatedState } from "./state";
import { atomicStore, SimulatedS3Store } from "./stores";

export const bucketKey = "dev/attic/terraform.tfstate";
const serverKey = "attic-dev";
const authorityId = "authority-1";
const locations: Readonly<Record<MovableBackend, string>> = {
  http: "https://state.example/state/attic-dev",
  s3: `s3://tofu-state/${bucketKey}`,
};

/** A clone: what its ledger says. It outlives the process that wrote it. */
export interface Checkout {
  readonly user: string;
  entry?: LedgerEntry;
}

/** Where a state is kept on one side. */
interface Seat {
  readonly bucket: Bucket;
  readonly key: string;
}

/** Everything outside the processes: two servers, the clones, and what the clients were told. */
export class World {
  readonly violations: string[] = [];
  /** Nothing fails any more: the last user tidies up. */
  isCalm = false;
  brokenByHand = 0;
  /** A lock was broken where engines of the s3 backend are: their next write is unconditional. */
  s3LockWasBroken = false;
  /** A lock of a move, or a seal, was broken: two places may be open until somebody types the move's command again. */
  moveLockWasBroken = false;
  /** The last user was told that the place that was left is a fork. */
  forkWasTold = false;
  readonly history = new History();
  /** The writes whose clients were told that they succeeded. */
  readonly accepted: SimulatedState[] = [];
  /** All states that any place ever held, by id. */
  readonly known = new Map<string, SimulatedState>();
  /** The engines that believe that they hold the lock. */
  readonly holders = new Set<string>();
  readonly #server: Bucket;
  readonly #bucket: Bucket;
  readonly #checkouts: Checkout[] = [];
  /** What is pushed: others see it when they pull. */
  origin: LedgerEntry;

  constructor(
    readonly scenario: Scenario,
    readonly code: Code,
    readonly scheduler: Scheduler,
  ) {
    this.#server = new Bucket({ ...code.quirks, conditionalDelete: true, markersBlock: false }, (key, now, before) =>
      this.#onWrite("http", serverKey, key, now, before),
    );
    this.#bucket = new Bucket(code.quirks, (key, now, before) => this.#onWrite("s3", bucketKey, key, now, before));
    const at = new Date(0);
    const first: SimulatedState = { id: "first", parent: undefined, serial: 1, lineage };
    this.#bucket.put(`${ownFolder}/authority.json`, Buffer.from(JSON.stringify({ authority: authorityId })), { at });
    const { bucket, key } = this.seat("http");
    bucket.put(key, encodeState(first), { at });
    this.history.begin(first);
    this.origin = {
      stack: "attic",
      environment: "dev",
      backend: "http",
      location: locations.http,
      lineage,
      serial: 1,
      sha256: "new",
      at: at.toISOString(),
      generation: 1,
    };
  }

  violate(what: string): void {
    this.violations.push(what);
  }

  /** The object behind a backend. */
  seat(side: MovableBackend): Seat {
    return side === "s3" || this.scenario.places === "one object"
      ? { bucket: this.#bucket, key: bucketKey }
      : { bucket: this.#server, key: serverKey };
  }

  /** A store as a process of ours opens it. */
  store(side: MovableBackend, task: Task): ObjectStore {
    const { scheduler, code } = this;
    const { bucket } = this.seat(side);
    if (bucket === this.#server) return code.store(atomicStore({ scheduler, task, bucket, name: "server" }));
    // Only where a bucket can be lost does the look at the identity make a difference.
    const expected = this.scenario.bucketIsLost && code.comparesIdentity ? authorityId : undefined;
    return code.store(new SimulatedS3Store({ scheduler, task, bucket, name: "bucket" }, expected));
  }

  checkout(user: string): Checkout {
    const checkout: Checkout = { user, entry: this.origin };
    this.#checkouts.push(checkout);
    return checkout;
  }

  /** Whether some clone, however old, says that the state is there. */
  isNamed(side: MovableBackend): boolean {
    return this.origin.backend === side || this.#checkouts.some(({ entry }) => entry?.backend === side);
  }

  /** Publishes what a finished command wrote. Of two entries the higher generation is kept, as a merge of the ledger does. */
  push({ entry }: Checkout): void {
    if (entry !== undefined && entry.generation > this.origin.generation) this.origin = entry;
  }

  /** What lies in clones whose users died is not lost: the ledger is a file. */
  pushAll(): void {
    for (const checkout of this.#checkouts) this.push(checkout);
  }

  /** The HTTP server: one request is one process with a replica of its own. */
  server(task: Task): NamedPlace["state"] & { holder(): Promise<LockInfo | undefined> } {
    let requests = 0;
    const ask = <T>(work: (authority: ReturnType<Code["authority"]>) => Promise<T>) =>
      this.scheduler.request(
        task,
        `server for ${task.name} ${(requests += 1)}`,
        () => new StoreUnavailable(locations.http, "the connection broke", "state-unavailable"),
        (server) => work(this.code.authority(this.store("http", server), this.seat("http").key, server.clock)),
      );
    return {
      read: () => ask((authority) => authority.read()),
      write: (bytes, lockId, user) => ask((authority) => authority.write(bytes, lockId, user)),
      delete: (lockId, user) => ask((authority) => authority.delete(lockId, user)),
      lock: (info, user) => ask((authority) => authority.lock(info, user)),
      unlock: (lockId, user) => ask((authority) => authority.unlock(lockId, user)),
      holder: () => ask((authority) => authority.holder()),
    };
  }

  /** The options of a cutover that somebody starts in a checkout. */
  move(to: MovableBackend, checkout: Checkout, task: Task): CutoverOptions {
    const place = (side: MovableBackend): NamedPlace => ({
      backend: side,
      location: locations[side],
      state: { http: twice(this.server(task)), s3: this.authority(task) }[side],
    });
    return {
      id: "attic",
      stack: "attic",
      environment: "dev",
      store: this.store("s3", task),
      stateKey: bucketKey,
      source: place(otherBackend(to)),
      destination: place(to),
      ledgerFile: "config/state-ledger.yaml",
      ...(checkout.entry === undefined ? {} : { ledgerEntry: checkout.entry }),
      who: checkout.user,
      clock: task.clock,
      progress: () => undefined,
      record: (entry) => (checkout.entry = entry),
    };
  }

  /** A state as a person at this side reaches it, by its rules. */
  place(side: MovableBackend, task: Task): Pick<ReturnType<Code["authority"]>, "holder" | "unlock"> {
    return { http: this.server(task), s3: this.authority(task) }[side];
  }

  /** The state in the bucket with its rules, straight to it. */
  authority(task: Task): ReturnType<Code["authority"]> {
    return this.code.authority(this.store("s3", task), bucketKey, task.clock);
  }

  /** The lock object as it is, for the invariants. */
  lockOn(side: MovableBackend): LockInfo | undefined {
    const { bucket, key } = this.seat(side);
    const found = bucket.truth(lockKey(key));
    return found && parseLockInfo(found.bytes);
  }

  /** Whether an engine could write there now: there is a state, and no lock. */
  isOpen(side: MovableBackend): boolean {
    const { bucket, key } = this.seat(side);
    return bucket.truth(lockKey(key)) === undefined && bucket.truth(key) !== undefined;
  }

  stateOn(side: MovableBackend): SimulatedState | undefined {
    const { bucket, key } = this.seat(side);
    const found = bucket.truth(key);
    return found && decodeState(found.bytes);
  }

  /** Reads that found nothing and still have to see whether this is the right bucket. */
  get looksUnderWay(): number {
    return this.#bucket.looksUnderWay;
  }

  /** The bucket is created anew, empty, or comes back. */
  loseBucket(isLost: boolean): true {
    if (isLost) this.#bucket.recreateEmpty();
    else this.#bucket.restore();
    return true;
  }

  async describeJournal(task: Task): Promise<string> {
    const record = await Journal.peek(this.store("s3", task), bucketKey);
    return record === undefined ? "no cutover" : `${record.state}: ${describeCutover(record)}`;
  }

  /**
   * Only the copy of an undone move is ever removed, and what it holds is at the live place. Whether its lock is still held then is no
   * matter: of two processes that undo one move the first may have given it back an instant before.
   */
  #onRemoval(side: MovableBackend, was: SimulatedState): void {
    const live = this.#live;
    if (side === live || this.scenario.places === "one object")
      return this.violate(`${side}: the live state was removed`);
    if (this.s3LockWasBroken) return;
    const ids = new Set<string>();
    for (let state = this.stateOn(live); state !== undefined; state = this.known.get(state.parent ?? ""))
      ids.add(state.id);
    if (!ids.has(was.id)) this.violate(`${side}: ${was.id} was removed, and it is not below the live state`);
  }

  /** Where the state lives: what the generation says, and the beginning where there is none. */
  get #live(): MovableBackend {
    const found = this.#bucket.truth(bucketKey + generationSuffix);
    if (found === undefined) return "http";
    return z.object({ backend: z.enum(movableBackends) }).parse(JSON.parse(found.bytes.toString())).backend;
  }

  #onWrite(
    side: MovableBackend,
    stateKey: string,
    key: string,
    now: Version | undefined,
    before: Version | undefined,
  ): void {
    if (key !== stateKey) return;
    const was = before && decodeState(before.bytes);
    if (now === undefined) return was === undefined ? undefined : this.#onRemoval(side, was);
    const is = decodeState(now.bytes);
    if (is === undefined) return this.violate(`${side}: foreign bytes were written`);
    this.known.set(is.id, is);
    if (is.lineage !== lineage) this.violate(`${side}: lineage ${is.lineage} was written by ${is.id}`);
    if (was === undefined || is.id === was.id) return;
    if (is.serial <= was.serial && !this.s3LockWasBroken)
      this.violate(`${side}: serial ${was.serial} (${was.id}) was followed by ${is.serial} (${is.id})`);
  }
}

/** The client of a cutover repeats a LOCK and an UNLOCK once, as HttpStateStore does. */
function twice<T extends NamedPlace["state"]>(state: T): T {
  const again = async (run: () => Promise<void>): Promise<void> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return run();
    }
  };
  return {
    ...state,
    lock: (info, user) => again(() => state.lock(info, user)),
    unlock: (lockId, user) => again(() => state.unlock(lockId, user)),
  };
}
