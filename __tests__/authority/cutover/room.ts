import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Journal } from "../../../authority/cutover/journal";
import { isUnfinished } from "../../../authority/cutover/record";
import { readGeneration } from "../../../authority/ledger/generation";
import { type LockInfo } from "../../../authority/state/lock-info";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { StateObject } from "../../../authority/state/state-object";
import { FileStore } from "../../../authority/stores/file";
import { type LedgerEntry } from "../../../lib/config/ledger";
import { writeLedgerEntry } from "../../../lib/config/ledger-file";
import { lockInfo, temporaryFolder } from "../support";
import { Clone, type Outcome, type RealWorld, stateText, writer } from "./real";

type Side = "http" | "s3";

/** What somebody's apply holds. */
export const applyLock = lockInfo("6f1c0000-apply", { Who: "ci@runner-7" });

/** One state of its own in the shared world, put into the condition that a move is to be refused in. */
export class Room {
  /** For the command alone. */
  readonly environment: Record<string, string | undefined> = {};
  /** What must not be printed. */
  readonly secrets: string[];
  /** What else must stay as it was. */
  alsoLookAt: () => unknown = () => undefined;

  readonly #ends: (() => Promise<void>)[] = [];

  constructor(readonly world: RealWorld) {
    const { secretAccessKey } = world.minio;
    const encoded = Buffer.from(`${writer.TF_HTTP_USERNAME}:${writer.TF_HTTP_PASSWORD}`).toString("base64");
    this.secrets = [secretAccessKey, `${writer.TF_HTTP_USERNAME}:${writer.TF_HTTP_PASSWORD}`, encoded, "glpat-secret"];
  }

  /** Runs work on the store behind one of the doors. */
  async store<T>(side: Side, work: (store: ObjectStore) => Promise<T>): Promise<T> {
    if (side === "s3") return this.world.inBucket((_state, store) => work(store));
    return work(await FileStore.open(this.world.states));
  }

  /** Puts bytes where the state is, past every rule. */
  async put(side: Side, bytes: string): Promise<void> {
    await this.store(side, async (store) => {
      const known = await store.read(this.world.key);
      return known === undefined
        ? store.create(this.world.key, Buffer.from(bytes))
        : store.replace(this.world.key, Buffer.from(bytes), known.version);
    });
  }

  async remove(side: Side): Promise<void> {
    await this.store(side, async (store) =>
      store.remove(this.world.key, (await store.read(this.world.key))?.version ?? ""),
    );
  }

  async lock(side: Side, lock: LockInfo = applyLock): Promise<void> {
    await this.store(side, (store) => new StateObject(store, this.world.key).lock(lock));
  }

  location(side: Side): string {
    return side === "http" ? this.world.address : `s3://${this.world.minio.bucket}/${this.world.key}`;
  }

  /** What `register` writes. */
  enter(side: Side, change: Partial<LedgerEntry> = {}): void {
    const environment = /arc-runners-(\w+)$/.exec(this.world.address)?.[1] ?? "";
    writeLedgerEntry(this.world.clone.ledgerFile, {
      stack: "arc-runners",
      environment,
      backend: side,
      location: this.location(side),
      lineage: "lineage-1",
      serial: 3,
      sha256: "new",
      at: "2026-04-16T09:12:00Z",
      generation: 1,
      ...change,
    });
    if (side === "s3") this.configure(/backend: http/, "backend: s3");
  }

  /** A state at this side, serial 3, that the ledger knows. */
  async live(side: Side): Promise<void> {
    await this.put(side, stateText(3));
    this.enter(side);
  }

  configure(what: string | RegExp, instead: string): void {
    this.edit(this.world.clone.organizationFile, what, instead);
  }

  edit(file: string, what: string | RegExp, instead: string): void {
    const text = readFileSync(file, "utf8");
    const changed = text.replace(what, instead);
    if (changed === text) throw new Error(`${file} has no ${String(what)}`);
    writeFileSync(file, changed);
  }

  commit(): void {
    const { config } = this.world.clone;
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=ann", "-c", "user.email=ann@example.org", ...args], {
        cwd: config,
        stdio: "ignore",
      });
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "as reviewed");
  }

  /** Other credentials than the right ones; they are as secret. */
  give(credentials: Readonly<Record<string, string>>): void {
    Object.assign(this.environment, credentials);
    this.secrets.push(...Object.values(credentials));
  }

  /** As without these variables, and without the files of a home. */
  forget(...names: readonly string[]): void {
    for (const name of names) this.environment[name] = undefined;
    this.environment["HOME"] = temporaryFolder();
  }

  atEnd(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
  }

  async flywheel(...args: readonly string[]): Promise<Outcome> {
    const { config, environment } = this.world.clone;
    return new Clone(config, { ...environment, ...this.environment }).flywheel(...args);
  }

  /** Everything that a refusal leaves as it was: bytes, versions and locks of both places, the record beside them, and the checkout. */
  async look(): Promise<unknown> {
    const { world } = this;
    const side = (store: ObjectStore) => this.#lookThrough(store);
    const beside = await world.inBucket(async (_state, store) => {
      const journal = await Journal.peek(store, world.key);
      return {
        cutover: isUnfinished(journal) ? journal : "none is under way",
        generation: await readGeneration(store, world.key),
      };
    });
    const checkout = { ledger: readIfThere(world.clone.ledgerFile), organization: world.clone.organization };
    return {
      http: await this.store("http", side),
      s3: await this.store("s3", side),
      beside,
      checkout,
      also: this.alsoLookAt(),
    };
  }

  async #lookThrough(store: ObjectStore): Promise<unknown> {
    const { key } = this.world;
    const lock = await new StateObject(store, key).holder();
    return {
      bytes: (await store.read(key))?.bytes.toString(),
      versions: (await store.history(key)).map(({ id }) => id),
      lock,
    };
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
