import { type Gate, gates } from "../authority/lease/schema";
import { type Broken } from "../planning/bundle/submit";
import { wrongOption } from "./refusals";

export interface BreakGlassOptions {
  readonly breakGlass?: string;
  readonly why?: string;
}

/** The conditions that `--break-glass` lifts; undefined where it is not given. @throws UsageError for others, and without a reason. */
export function brokenGates({ breakGlass, why }: BreakGlassOptions): Broken | undefined {
  if (breakGlass === undefined) {
    if (why !== undefined) throw wrongOption("--why says why a condition is lifted", "--break-glass GATE --why TEXT");
    return undefined;
  }
  const named = breakGlass.split(",").map((name) => name.trim());
  const unknown = named.filter((name) => !gates.some((gate) => gate === name));
  if (unknown.length > 0)
    throw wrongOption(
      `--break-glass lifts no "${unknown.join(", ")}"`,
      `some of ${gates.join(",")}; never lock, lineage, serial, identity or cluster UID`,
    );
  if (why === undefined || why.trim() === "") throw wrongOption("--break-glass without a reason", "--why TEXT");
  return { gates: gates.filter((gate): gate is Gate => named.includes(gate)), why };
}
