import { type Program } from "../../lib/addresses/program";
import { parseAddress } from "../../lib/addresses/instance-address";
import { type InState } from "../../lib/addresses/standing";

/** What of a state holds data, resource by resource, as `state.allow_destroy` names it; sorted. */
export interface HeldData {
  /** It may go: `state.allow_destroy` names it. */
  readonly allowed: readonly string[];
  /** Nothing may destroy it yet. */
  readonly kept: readonly string[];
}

/** Sorts what holds data in a state by whether it may be destroyed. */
export function heldData(instances: readonly InState[], program: Program, allowDestroy: readonly string[]): HeldData {
  const allowed = new Set<string>();
  const kept = new Set<string>();
  for (const { address, standing } of instances) {
    if (standing.kind === "kept") {
      const resource = parseAddress(standing.as)?.withoutOwnKey ?? standing.as;
      // With the protection lifted the program no longer says that it holds data.
      if (program.own.get(resource)?.data === true) kept.add(resource);
      else if (allowDestroy.includes(resource)) allowed.add(resource);
    } else if (standing.kind === "turned-off" && standing.data) {
      const isAllowed = allowDestroy.includes(standing.resource) || allowDestroy.includes(address);
      (isAllowed ? allowed : kept).add(standing.resource);
    }
  }
  return { allowed: [...allowed].sort(), kept: [...kept].sort() };
}
