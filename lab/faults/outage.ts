import { type MovableBackend } from "../../lib/config/backends";

/** What an engine leaves that could not save its state: the bytes, as errored.tfstate, and its lock. */
export interface Errored {
  readonly side: MovableBackend;
  readonly name: string;
  readonly bytes: Buffer;
  /** The lock's ID. */
  readonly lock: string;
}

/** The store goes down for one engine between its read and its write, and is back when that engine has exited. */
export class StoreOutage {
  /** What the engine left; undefined where no apply came so far. */
  readonly happened: Promise<Errored | undefined>;
  #remaining: number;
  #end: (errored: Errored | undefined) => void = () => undefined;

  /** @param at which of the applies that have read a state it hits, counted over all engines */
  constructor(at: number) {
    this.#remaining = at;
    this.happened = new Promise((resolve) => (this.#end = resolve));
  }

  /** Whether the store goes down now, for the apply that asks. */
  hits(): boolean {
    return --this.#remaining === 0;
  }

  left(errored: Errored): void {
    this.#end(errored);
  }

  /** No engine runs any more. */
  over(): void {
    this.#end(undefined);
  }
}
