/** Bytes that one request holds of a budget. */
export interface Share {
  /**
   * Says how many bytes it really is. It never waits: what was read is in memory already, so the budget may be overdrawn, and
   * the next ones wait for longer.
   */
  resize(bytes: number): void;
  /** Gives the bytes back. A second call does nothing. */
  release(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * A number of bytes that requests share. Who finds too few left waits in line, so that many large uploads become slower and
 * not the process larger. First come, first served: a large one is never overtaken for good by small ones.
 */
export class ByteBudget {
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(readonly total: number) {
    this.#free = total;
  }

  /** Bytes handed out at the moment; more than the total where a share turned out larger than it was asked for. */
  get used(): number {
    return this.total - this.#free;
  }

  /**
   * Waits for `bytes` (at most the whole budget is asked for). A caller never holds one share while it waits for another, and
   * gives back what it got. Undefined where `gone` said so before it was its turn: then it has nothing.
   */
  async acquire(bytes: number, gone?: AbortSignal): Promise<Share | undefined> {
    if (gone?.aborted === true) return undefined;
    const asked = Math.min(Math.max(bytes, 0), this.total);
    if (this.#waiting.length === 0 && asked <= this.#free) this.#free -= asked;
    else if (!(await this.#wait(asked, gone))) return undefined;
    let held = asked;
    let isOver = false;
    const resize = (actual: number) => {
      if (isOver) return;
      this.#free += held - actual;
      held = actual;
      this.#serve();
    };
    return {
      resize,
      release: () => {
        resize(0);
        isOver = true;
      },
    };
  }

  /** True where it got the bytes, false where it left the line. */
  #wait(bytes: number, gone: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        resolve(false);
        // The one that gave up may have been the large one that held up the others.
        this.#serve();
      };
      const entry: Waiting = {
        bytes,
        grant: () => {
          gone?.removeEventListener("abort", leave);
          resolve(true);
        },
      };
      this.#waiting.push(entry);
      gone?.addEventListener("abort", leave, { once: true });
    });
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.grant();
    }
  }
}
