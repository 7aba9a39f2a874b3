/** Labels of one series, in the order in which they are printed. */
type Labels = Readonly<Record<string, string>>;

/** A few counters and one histogram in Prometheus' text format (exposition format 0.0.4). */
export class Metrics {
  readonly #counters = new Map<string, Map<string, number>>();
  readonly #gauges = new Map<string, () => number | undefined>();
  readonly #buckets = bounds.map(() => 0);
  #durationSum = 0;
  #durationCount = 0;

  constructor(private readonly help: Readonly<Record<string, string>>) {}

  /** Adds one. Labels must come from a closed set: a client must not be able to invent series. */
  count(name: string, labels: Labels = {}): void {
    const series = this.#counters.get(name) ?? new Map<string, number>();
    const key = printLabels(labels);
    series.set(key, (series.get(key) ?? 0) + 1);
    this.#counters.set(name, series);
  }

  /** A value that is asked for when the metrics are read; undefined: there is none to tell. */
  gauge(name: string, value: () => number | undefined): void {
    this.#gauges.set(name, value);
  }

  /** Records how long a request took. */
  observeSeconds(seconds: number): void {
    bounds.forEach((bound, index) => {
      if (seconds <= bound) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    });
    this.#durationSum += seconds;
    this.#durationCount += 1;
  }

  /** The text of /metrics. */
  render(): string {
    const lines: string[] = [];
    for (const [name, series] of this.#counters) {
      lines.push(...this.#head(name, "counter"), ...[...series].map(([labels, value]) => `${name}${labels} ${value}`));
    }
    for (const [name, ask] of this.#gauges) {
      const value = ask();
      if (value !== undefined) lines.push(...this.#head(name, "gauge"), `${name} ${value}`);
    }
    lines.push(
      ...this.#head(duration, "histogram"),
      ...bounds.map((bound, index) => `${duration}_bucket{le="${bound}"} ${this.#buckets[index] ?? 0}`),
      `${duration}_bucket{le="+Inf"} ${this.#durationCount}`,
      `${duration}_sum ${this.#durationSum}`,
      `${duration}_count ${this.#durationCount}`,
    );
    return `${lines.join("\n")}\n`;
  }

  #head(name: string, type: string): string[] {
    return [`# HELP ${name} ${this.help[name] ?? name}`, `# TYPE ${name} ${type}`];
  }
}

const duration = "flywheel_request_duration_seconds";
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
