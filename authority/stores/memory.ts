import { ownFolder } from "../../lib/config/backends/object-key";
import {
  assertKey,
  StoreConflict,
  type ObjectMetadata,
  type ObjectStore,
  type StoredObject,
  type StoredVersion,
} from "./object-store";
import { systemClock, type Clock } from "../clock";

interface Version extends StoredVersion {
  readonly bytes: Buffer;
}

/** Objects in memory, for tests and simulations: the contract of ObjectStore without its durability. */
export class MemoryStore implements ObjectStore {
  readonly description = "memory";
  readonly ownFolder = ownFolder;
  readonly #versions = new Map<string, Version[]>();

  constructor(private readonly clock: Clock = systemClock) {}

  async read(key: string): Promise<StoredObject | undefined> {
    const current = this.#current(key);
    if (current === undefined) return undefined;
    return { bytes: Buffer.from(current.bytes), version: current.id, writer: current.writer };
  }

  async create(key: string, bytes: Buffer, metadata: ObjectMetadata = {}): Promise<string> {
    if (this.#current(key) !== undefined) throw new StoreConflict(key, "is there already");
    return this.#append(key, bytes, false, metadata);
  }

  async replace(key: string, bytes: Buffer, expected: string, metadata: ObjectMetadata = {}): Promise<string> {
    this.#expect(key, expected);
    return this.#append(key, bytes, false, metadata);
  }

  async remove(key: string, expected: string, metadata: ObjectMetadata = {}): Promise<void> {
    this.#expect(key, expected);
    this.#append(key, Buffer.alloc(0), true, metadata);
  }

  async history(key: string): Promise<StoredVersion[]> {
    assertKey(key);
    return [...(this.#versions.get(key) ?? [])]
      .reverse()
      .map(({ id, at, size, writer, removed }) => ({ id, at, size, writer, removed }));
  }

  async readVersion(key: string, id: string): Promise<Buffer | undefined> {
    const found = this.#versions.get(key)?.find((version) => version.id === id && !version.removed);
    return found && Buffer.from(found.bytes);
  }

  #current(key: string): Version | undefined {
    assertKey(key);
    const last = this.#versions.get(key)?.at(-1);
    return last?.removed === false ? last : undefined;
  }

  #expect(key: string, expected: string): void {
    if (this.#current(key)?.id !== expected) throw new StoreConflict(key, `is not at version ${expected}`);
  }

  #append(key: string, bytes: Buffer, removed: boolean, { writer }: ObjectMetadata): string {
    const versions = this.#versions.get(key) ?? [];
    const id = String(versions.length + 1);
    versions.push({ id, at: this.clock.now(), size: bytes.length, writer, removed, bytes: Buffer.from(bytes) });
    this.#versions.set(key, versions);
    return id;
  }
}
