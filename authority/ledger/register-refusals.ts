import { UserError } from "../../lib/errors";
import { type Trace } from "./trace";

/** `no-state-yet`: nothing is there, and nobody said that nothing should be. */
export function noStateYet(id: string, where: string): UserError {
  return new UserError({
    code: "no-state-yet",
    what: `there is no state at ${where}`,
    expected: "the state of this stack: nothing there is a wrong key or address more often than a new stack",
    remedy: `Where it lives elsewhere: put its address or key into state (docs/contract.md), then run this again\nWhere nothing was ever deployed: flywheel register ${id} --new`,
  });
}

/** `not-new`: a stack is said to be new, or nothing is at its place, and something of it is there. Lists all that was found. */
export function notNew(
  { id, stack, environment }: { readonly id: string; readonly stack: string; readonly environment: string },
  where: string,
  traces: readonly Trace[],
): UserError {
  const keys = traces.flatMap(({ key }) => key ?? []);
  const remedies = [
    ...keys.map(
      (key) =>
        `Where that is its state, in organization.yaml: state.s3.keys: {${stack}: {${environment}: ${JSON.stringify(key)}}}`,
    ),
    ...(keys.length > 0 ? [`Then: flywheel register ${id}`] : []),
    ...new Set(traces.flatMap(({ remedy }) => remedy ?? [])),
  ];
  return new UserError({
    code: "not-new",
    what: `${id} is not new at ${where}: ${traces.map(({ what }) => what).join("; ")}`,
    expected:
      "no state, backup, version, generation or seal of it anywhere: a plan on an empty state would make all of it twice",
    remedy: remedies.join("\n"),
  });
}
