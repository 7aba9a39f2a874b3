import { type StoredObject } from "../stores/object-store";

/**
 * The objects that were read last, within a number of bytes. What is in it is never given out by itself: it saves the bytes' way where the
 * store says, at the moment of each read, that they are still the same.
 */
export class ReadCache {
  readonly #objects = new Map<string, StoredObject>();
  #bytes = 0;

  constructor(private readonly limit: number) {}

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Keeps an object, or with undefined nothing, as the last one of its key; the ones that were not read for longest make room. */
  keep(key: string, object: StoredObject | undefined): void {
    this.#bytes -= this.#objects.get(key)?.bytes.length ?? 0;
    this.#objects.delete(key);
    if (object === undefined || object.bytes.length > this.limit) return;
    this.#objects.set(key, object);
    this.#bytes += object.bytes.length;
    for (const [oldest, { bytes }] of this.#objects) {
      if (this.#bytes <= this.limit) break;
      this.#objects.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}

/**
 * Looks that many ask for at once: who asks while a look is under way waits for the next one, which all share that wait. So every answer is
 * from after its question, and a write that ended before a read began is always seen.
 */
export class SharedLooks<T> {
  #running: Promise<unknown> | undefined;
  #next: Promise<T> | undefined;

  ask(look: () => Promise<T>): Promise<T> {
    if (this.#running === undefined) return this.#start(look);
    const start = () => {
      this.#next = undefined;
      return this.#start(look);
    };
    return (this.#next ??= this.#running.then(start, start));
  }

  #start(look: () => Promise<T>): Promise<T> {
    const looking = look();
    this.#running = looking;
    const over = () => {
      if (this.#running === looking) this.#running = undefined;
    };
    looking.then(over, over);
    return looking;
  }
}
