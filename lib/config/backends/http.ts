import { z } from "zod";
import { httpUrl } from "../url";
import { type SettingsFamily } from "./settings-family";

const method = z.string().regex(/^[A-Z]+$/, "an HTTP method");

/** How a state is written: the two methods that write at an address, and lock nothing. */
export const updateMethods = ["POST", "PUT"] as const;

/** `state.http`: Terraform's HTTP protocol. */
export const httpSettings = {
  schema: z.strictObject(
    {
      address: httpUrl.optional(),
      lock_address: httpUrl.optional(),
      unlock_address: httpUrl.optional(),
      lock_method: method.default("POST"),
      unlock_method: method.default("DELETE"),
      update_method: z.enum(updateMethods).default("POST"),
    },
    "one of address, lock_address, unlock_address, lock_method, unlock_method, update_method (credentials come from TF_HTTP_USERNAME and TF_HTTP_PASSWORD)",
  ),
  urls: ["address", "lock_address", "unlock_address"],
} satisfies SettingsFamily;
