import { type LockInfo } from "../../authority/state/lock-info";

/** The states of a simulation: each knows its own name and the one it was made from. */
export interface SimulatedState {
  readonly id: string;
  readonly parent: string | undefined;
  readonly serial: number;
  readonly lineage: string;
}

export const lineage = "lineage-1";

export function encodeState({ id, parent, serial, lineage: line }: SimulatedState): Buffer {
  return Buffer.from(
    JSON.stringify({ version: 4, serial, lineage: line, outputs: {}, resources: [], simulated: { id, parent } }),
  );
}

/** Undefined for what no client of the simulation wrote. */
export function decodeState(bytes: Buffer): SimulatedState | undefined {
  const value = JSON.parse(bytes.toString()) as {
    readonly serial: number;
    readonly lineage: string;
    readonly simulated?: { readonly id: string; readonly parent?: string };
  };
  if (value.simulated === undefined) return undefined;
  return { id: value.simulated.id, parent: value.simulated.parent, serial: value.serial, lineage: value.lineage };
}

export function engineLock(id: string, who: string, created: Date): LockInfo {
  return {
    ID: id,
    Operation: "OperationTypeApply",
    Info: "",
    Who: who,
    Version: "1.11.4",
    Created: created.toISOString(),
    Path: "",
  };
}
