/**
 * A number of bytes that requests share. Who finds too few left waits in line, so that many large uploads become slower and
 * not the process larger. First come, first served: a large one is never overtaken for good by small ones.
 */
export class ByteBudget {
  #free: number;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] = [];

  constructor(readonly total: number) {
    this.#free = total;
  }

  /** Bytes handed out at the moment. */
  get used(): number {
    return this.total - this.#free;
  }

  /**
   * Waits for `bytes` (at most the whole budget is asked for) and returns how to give them back; a second call of that does
   * nothing. A caller never holds one share while it waits for another.
   */
  async acquire(bytes: number): Promise<() => void> {
    const share = Math.min(Math.max(bytes, 0), this.total);
    if (this.#waiting.length > 0 || share > this.#free) {
      await new Promise<void>((grant) => this.#waiting.push({ bytes: share, grant }));
    } else {
      this.#free -= share;
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += share;
      this.#serve();
    };
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.grant();
    }
  }
}
