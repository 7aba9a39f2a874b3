import { type SimulatedState } from "./state";

/** One operation of a client on the state, as that client saw it. */
export interface Call {
  readonly client: string;
  readonly kind: "read" | "write";
  /** The state that was read or written. */
  readonly id: string;
  readonly serial: number;
  readonly from: number;
  /** Infinite where the client never heard: it may have happened at any later time, or not at all. */
  to: number;
}

/** What all clients did, on both backends, in order of time. */
export class History {
  readonly calls: Call[] = [];
  #first: SimulatedState | undefined;
  #time = 0;

  begin(first: SimulatedState): void {
    this.#first = first;
  }

  get first(): SimulatedState {
    if (this.#first === undefined) throw new Error("a history without a beginning");
    return this.#first;
  }

  get time(): number {
    return (this.#time += 1);
  }

  /** A write that was sent; `finished` says that it was heard of. */
  sent(client: string, { id, serial }: SimulatedState): Call {
    const call: Call = { client, kind: "write", id, serial, from: this.time, to: Number.POSITIVE_INFINITY };
    this.calls.push(call);
    return call;
  }

  finished(call: Call): void {
    call.to = this.time;
  }

  read(client: string, { id, serial }: SimulatedState, from: number): void {
    this.calls.push({ client, kind: "read", id, serial, from, to: this.time });
  }
}

/**
 * Whether there is an order of the calls that a single register could have seen: each call at one moment between its beginning
 * and its end, a read gives what was written last, and a write is taken only over a lower serial. Wing and Gong's search with
 * Lowe's memory of (calls done, value), which is what porcupine does too; a call without an end may be left out.
 */
export function isLinearizable(calls: readonly Call[], first: Pick<SimulatedState, "id" | "serial">): boolean {
  if (calls.length > 30) throw new RangeError("a history of more than 30 calls");
  const ended = calls.reduce(
    (mask, { to }, index) => (to === Number.POSITIVE_INFINITY ? mask : mask | (1 << index)),
    0,
  );
  const seen = new Set<string>();
  const search = (done: number, id: string, serial: number): boolean => {
    if ((done & ended) === ended) return true;
    const state = `${done} ${id}`;
    if (seen.has(state)) return false;
    seen.add(state);
    let earliestEnd = Number.POSITIVE_INFINITY;
    calls.forEach(({ to }, index) => {
      if ((done & (1 << index)) === 0) earliestEnd = Math.min(earliestEnd, to);
    });
    return calls.some((call, index) => {
      if ((done & (1 << index)) !== 0 || call.from > earliestEnd) return false;
      const next = done | (1 << index);
      if (call.kind === "read") return call.id === id && search(next, id, serial);
      return call.serial > serial && search(next, call.id, call.serial);
    });
  };
  return search(0, first.id, first.serial);
}
