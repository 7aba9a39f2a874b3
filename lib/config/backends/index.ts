import { z } from "zod";
import { httpSettings } from "./http";
import { kubernetesSettings } from "./kubernetes";
import { s3Settings } from "./s3";
import { type SettingsFamily } from "./settings-family";
import { movableBackends } from "./movable";

export { movableBackends };

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

/** A backend that the flag may name. */
export type MovableBackend = (typeof movableBackends)[number] & BackendType;

/** A text that names one. */
export const movableBackend = z.enum(movableBackends);

/** Whether a state on this backend can move to another backend. */
export function isMovableBackend(type: BackendType): type is MovableBackend {
  return movableBackends.some((one) => one === type);
}

/** Where a state on this backend could move to. */
export function otherBackend(one: MovableBackend): MovableBackend {
  switch (one) {
    case "http":
      return "s3";
    case "s3":
      return "http";
  }
}
