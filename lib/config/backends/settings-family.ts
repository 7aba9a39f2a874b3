import { type z } from "zod";

/** What configuration says of one backend family, under `state.<type>`. */
export interface SettingsFamily {
  readonly schema: z.ZodObject;
  /** The keys that hold a URL, which goes into the synthesized JSON: none may have a user or a password in it. */
  readonly urls: readonly string[];
}
