import { type Measurement } from "./measure";

/** What a row is read against: today's figure is compared with what was measured before, and with what we want. */
export interface Wanted {
  /** The row that this one is told over, by its name. @default the times as they are */
  readonly over?: string;
  /** What this row was on two idle cores before any of it was looked into, and what it is to be: the time, or what it is over the other. */
  readonly before?: string;
  readonly aim?: string;
}

export interface Row extends Wanted {
  readonly measured: Measurement;
}

/** A table of medians, each row with the baseline beside it. */
export function report(rows: readonly Row[]): string {
  const byName = new Map(rows.map(({ measured }) => [measured.name, measured]));
  const cells = rows.map(({ measured, over, before = "", aim = "" }): readonly string[] => {
    const { name, seconds, processorSeconds, mebibytes } = measured;
    const other = over === undefined ? undefined : byName.get(over);
    return [
      name,
      `${seconds.toFixed(2)} s`,
      processorSeconds === undefined ? "?" : `${processorSeconds.toFixed(2)} s`,
      mebibytes === undefined ? "?" : `${mebibytes.toFixed(0)} MiB`,
      other === undefined
        ? ""
        : `${signed(seconds - other.seconds)} s, ${times(seconds, other.seconds)}; ${times(processorSeconds, other.processorSeconds)}`,
      before,
      aim,
    ];
  });
  return [["", "time", "processor", "peak", "over it: time; cpu", "baseline", "aim"], ...cells]
    .map(([name = "", ...rest]) =>
      [name.padEnd(36), ...rest.map((cell, index) => cell.padStart(index < 3 ? 9 : index === 3 ? 24 : 16))]
        .join(" ")
        .trimEnd(),
    )
    .join("\n");
}

function times(one: number | undefined, other: number | undefined): string {
  return one === undefined || other === undefined ? "?" : `${(one / other).toFixed(1)} x`;
}

function signed(seconds: number): string {
  return `${seconds < 0 ? "" : "+"}${seconds.toFixed(2)}`;
}
