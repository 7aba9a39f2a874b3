import { type PlanSummary } from "../planning/preview/actions";
import { wrongOption } from "./refusals";

/** What `--fail-on` can make a preview fail on. */
const conditions = ["destroy", "replace", "data-loss"] as const;
type FailOn = (typeof conditions)[number];

/** The conditions in `--fail-on destroy,data-loss`. @throws UsageError for any other. */
export function failOnOf(text: string | undefined): readonly FailOn[] {
  if (text === undefined) return [];
  return text.split(",").map((part) => {
    const found = conditions.find((condition) => condition === part.trim());
    if (found === undefined) throw wrongOption(`--fail-on has "${part.trim()}"`, `some of ${conditions.join(",")}`);
    return found;
  });
}

/** One line for each stack that meets a condition: what a job fails on. */
export function failures(
  asked: readonly FailOn[],
  stacks: readonly { readonly id: string; readonly summary: PlanSummary; readonly dataLoss: readonly unknown[] }[],
): readonly string[] {
  return asked.flatMap((condition) =>
    stacks.flatMap(({ id, summary, dataLoss }) => {
      const count = condition === "data-loss" ? dataLoss.length : summary[condition];
      return count === 0 ? [] : [`--fail-on ${condition}: ${id} has ${count}`];
    }),
  );
}
