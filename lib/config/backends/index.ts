import { z } from "zod";
import { httpSettings } from "./http";
import { s3Settings } from "./s3";
import { type SettingsFamily } from "./settings-family";

/** The settings of every backend family, by the name that the engines, the flag, the ledger and the journal have for it. */
export const backendSettings = { http: httpSettings, s3: s3Settings } satisfies Readonly<
  Record<string, SettingsFamily>
>;

/** A backend family. */
export type BackendType = keyof typeof backendSettings;

/** A text that names a backend family. */
export const backendType = z.enum(Object.keys(backendSettings) as [BackendType, ...BackendType[]]); // the table's own keys

/** Every backend family. */
export const backendTypes: readonly BackendType[] = backendType.options;

/** The two sides of the flag, between which a state moves. */
export const sides = ["http", "s3"] as const satisfies readonly BackendType[];

export type Side = (typeof sides)[number];

/** Whether a state on this backend can move to the other side. */
export function isSide(type: BackendType): type is Side {
  return sides.some((side) => side === type);
}

/** The side that a state on this one could move to. */
export function otherSide(side: Side): Side {
  switch (side) {
    case "http":
      return "s3";
    case "s3":
      return "http";
  }
}
