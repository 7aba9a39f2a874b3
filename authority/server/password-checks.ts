import { tooManyLogins } from "./refusals";

/**
 * Password checks that are under way. scrypt runs on the threads that the file store's reads and writes need, too, and each takes
 * some 80 ms of one: so only a few run at once, a bounded number waits, and the rest is told to come again.
 */
export class PasswordChecks {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce = Math.max(1, Math.floor(poolSize() / 2)),
    private readonly line = 128,
  ) {}

  /** Runs a check when it is its turn. @throws HttpProblem 503 where too many wait. */
  async run<T>(check: () => Promise<T>): Promise<T> {
    if (this.#running < this.atOnce) this.#running += 1;
    else {
      if (this.#waiting.length >= this.line) throw tooManyLogins();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await check();
    } finally {
      // The next check in the queue takes this one's turn at once.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** Threads that Node has for scrypt and for files (UV_THREADPOOL_SIZE, 4 where that is not set). */
function poolSize(): number {
  const size = Number(process.env["UV_THREADPOOL_SIZE"]);
  return Number.isInteger(size) && size > 0 ? size : 4;
}
