import { type StackInstance } from "../../lib/config/load";
import { UserError, type Problem } from "../../lib/errors";

/** The plan failed, and the engine gave no diagnostics; `said` is the last line of what it said. */
export function planFailed(id: string, said: string | undefined): UserError {
  return new UserError({
    code: "plan-failed",
    what: `the plan of ${id} failed: ${said ?? "the engine said nothing"}`,
    expected: "a plan",
  });
}

/** The plan failed with this diagnostic. */
export function planFailedAt({
  id,
  where,
  summary,
  detail,
}: {
  readonly id: string;
  readonly where: string | undefined;
  readonly summary: string;
  readonly detail: string;
}): Problem {
  return {
    code: "plan-failed",
    what: `the plan of ${id} failed${where === undefined ? "" : ` at ${where}`}: ${summary}`,
    expected: detail.split("\n")[0] ?? "a plan",
  };
}

/** The state has an address that a plan would destroy. */
export function unknownInState({
  file,
  address,
  id,
  what,
}: {
  readonly file: string;
  readonly address: string;
  readonly id: string;
  readonly what: string;
}): Problem {
  return {
    code: "unknown-in-state",
    file,
    key: address,
    what: `the state of ${id} has ${address}, ${what}`,
    expected: "only addresses that this program has, or once had: a plan would destroy any other",
  };
}

/** A plan would destroy what holds data: an address, or one that the engine does not name. */
export function wouldDestroyData(
  stack: StackInstance,
  address: string | undefined,
  { file, why = "which holds data", otherwise = "" }: { file?: string; why?: string; otherwise?: string } = {},
): Problem {
  return {
    code: "would-destroy-data",
    ...(file === undefined ? {} : { file }),
    ...(address === undefined ? {} : { key: address }),
    what: `the plan of ${stack.id} would destroy ${address ?? "a resource"}, ${why}`,
    expected: "data to stay: it is synthesized with prevent_destroy",
    remedy: `Where it is meant to go: add it to state.allow_destroy.${stack.id} in organization.yaml, ['${address ?? "ADDRESS"}']${otherwise}`,
  };
}
