import { operator } from "../lib/operator";

/** Who asks, as locks and histories show it: `ann@laptop`; on a CI platform whom that names. */
export function whoAmI(): string {
  return operator(process.env);
}
