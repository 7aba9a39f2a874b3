import { z } from "zod";
import { httpSettings } from "./http";
import { kubernetesSettings } from "./kubernetes";
import { s3Settings } from "./s3";
import { type SettingsFamily } from "./settings-family";
import { sides } from "./sides";

export { sides };

/** The settings of every backend family, by the name that the engines, the flag, the ledger and the journal have for it. */
export const backendSettings = {
  http: httpSettings,
  s3: s3Settings,
  kubernetes: kubernetesSettings,
} satisfies Readonly<Record<string, SettingsFamily>>;

/** A backend family. */
export type BackendType = keyof typeof backendSettings;

/** A text that names a backend family. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the table's own keys
export const backendType = z.enum(Object.keys(backendSettings) as [BackendType, ...BackendType[]]);

/** Every backend family. */
export const backendTypes: readonly BackendType[] = backendType.options;

/** One of the two sides of the flag, which are backend families. */
export type Side = (typeof sides)[number] & BackendType;

/** A text that names a side. */
export const side = z.enum(sides);

/** Whether a state on this backend can move to the other side. */
export function isSide(type: BackendType): type is Side {
  return sides.some((one) => one === type);
}

/** The side that a state on this one could move to. */
export function otherSide(one: Side): Side {
  switch (one) {
    case "http":
      return "s3";
    case "s3":
      return "http";
  }
}
