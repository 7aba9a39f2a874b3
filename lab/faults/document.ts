import { summarizeState } from "../../authority/state/state-summary";

export const lineage = "11111111-2222-3333-4444-555555555555";

/** A state whose outputs name every write that led to it. */
export function documentOf(serial: number, writes: readonly string[], ofLineage = lineage): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: 4,
      terraform_version: "1.11.4",
      serial,
      lineage: ofLineage,
      outputs: { writes: { type: ["list", "string"], value: writes } },
      resources: [],
      check_results: null,
    }),
  );
}

/** What a state says of itself. */
interface Contents {
  readonly serial: number;
  readonly lineage: string;
  readonly writes: readonly string[];
}

/** Reads what documentOf wrote. @throws Error for anything else. */
export function contentsOf(bytes: Buffer): Contents {
  const summary = summarizeState(bytes);
  if (typeof summary === "string") throw new Error(summary);
  const document = JSON.parse(bytes.toString()) as { outputs: { writes: { value: string[] } } };
  return { serial: summary.serial, lineage: summary.lineage, writes: document.outputs.writes.value };
}

/** The state after one more write, as an engine makes it. */
export function after(bytes: Buffer, write: string): Buffer {
  const { serial, writes, lineage: same } = contentsOf(bytes);
  return documentOf(serial + 1, [...writes, write], same);
}
