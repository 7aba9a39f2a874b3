/**
 * One large answer in a turn of the event loop. Handing a megabyte to the system takes a millisecond; many that wait for one look at the
 * store are ready at one moment, and a LOCK would wait for all of them. So what came in meanwhile is served between one and the next.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn: first come, first served. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}

/** Smaller answers than this wait for nobody. */
export const largeAnswer = 128 * 1024;
