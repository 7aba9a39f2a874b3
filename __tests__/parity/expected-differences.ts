import { type StackName } from "../../lib/config/names";
import { type Difference } from "./difference";

/** A difference from the old stacks that is meant. Every entry must occur in some case: one that no longer does has to go. */
export interface ExpectedDifference {
  readonly stack: StackName | "attic";
  /** The object, as Difference.of says it. */
  readonly of: RegExp;
  readonly path: RegExp;
  readonly reason: string;
}

/** In the plans of fixtures/cases. */
export const expectedDifferences: readonly ExpectedDifference[] = [];

/** The entry that explains a difference of a stack. */
export function explanationOf(stack: string, difference: Difference, entries: readonly ExpectedDifference[]): ExpectedDifference | undefined {
  return entries.find((entry) => entry.stack === stack && entry.of.test(difference.of) && entry.path.test(difference.path));
}
