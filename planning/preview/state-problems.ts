import { type InState } from "../../lib/addresses/standing";
import { type ProgramInstance } from "../../lib/config/load";
import { type Problem } from "../../lib/errors";
import { unknownInState, wouldDestroyData } from "./refusals";

/**
 * What keeps a plan from being made on a state: instances that nobody knows (a plan would destroy them, since they are not in the
 * program), and data that settings turned off without state.allow_destroy. One problem an address; the ways on stand with the last.
 */
export function stateProblems(
  stack: ProgramInstance,
  instances: readonly InState[],
  allowDestroy: readonly string[],
  stateFile: string,
): readonly Problem[] {
  return [...foreignProblems(stack, instances, stateFile), ...dataProblems(stack, instances, allowDestroy, stateFile)];
}

function foreignProblems(stack: ProgramInstance, instances: readonly InState[], file: string): readonly Problem[] {
  const problems = instances.flatMap(({ address, standing }): Problem[] => {
    const problem = (what: string): Problem[] => [unknownInState({ file, address, id: stack.id, what })];
    if (standing.kind === "unknown") return problem("which this program does not know");
    if (standing.kind === "displaced")
      return problem(`which would move to ${standing.by}, and something else is there`);
    return [];
  });
  const addresses = problems.map(({ key }) => key).join("\n      - ");
  const remedy = `Declare what belongs to ${stack.id} in its program. What shall leave this state and stay on the cluster is forgotten, not destroyed, by organization.yaml:\n  state:\n    release:\n      ${stack.id}:\n      - ${addresses}`;
  return problems.map((problem, index) => (index === problems.length - 1 ? { ...problem, remedy } : problem));
}

function dataProblems(
  stack: ProgramInstance,
  instances: readonly InState[],
  allowDestroy: readonly string[],
  file: string,
): readonly Problem[] {
  return instances.flatMap(({ address, standing }): Problem[] => {
    if (standing.kind !== "turned-off" || !standing.data) return [];
    if (allowDestroy.includes(address) || allowDestroy.includes(standing.resource)) return [];
    return [
      wouldDestroyData(stack, address, {
        file,
        why: "which holds data, and which its settings no longer have",
        otherwise: `, or forget it without destroying: state.release.${stack.id}`,
      }),
    ];
  });
}
