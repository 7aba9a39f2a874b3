/** Milliseconds of each kind of operation, of those that came through at their first try. */
export class Latencies {
  readonly #of = new Map<string, number[]>();

  /** Measures one; what throws is not counted. */
  async measured<T>(kind: string, work: () => Promise<T>): Promise<T> {
    const started = process.hrtime.bigint();
    const result = await work();
    const list = this.#of.get(kind) ?? [];
    list.push(Number(process.hrtime.bigint() - started) / 1e6);
    this.#of.set(kind, list);
    return result;
  }

  /** By kind, sorted. */
  summary(): readonly Latency[] {
    return [...this.#of].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, list]) => latencyOf(kind, list));
  }
}

export interface Latency {
  readonly kind: string;
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

function latencyOf(kind: string, list: readonly number[]): Latency {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
  return { kind, count: sorted.length, median: at(0.5), p95: at(0.95), max: at(1) };
}
