import { type Problem, UserError } from "../errors";

/** A variable that would decide something of an engine run behind a check that knows nothing of it. Its value is never told. */
export function foreignVariable(name: string, decides: string): Problem {
  return {
    code: "foreign-variable",
    key: name,
    what: `${name} is set, and would decide ${decides}`,
    expected: "that to be decided by the configuration alone, which is what was checked and reviewed",
    remedy: `unset ${name}`,
  };
}

/** The engine has said why; this tells which step it was. */
export function engineFailed(step: string, exitCode: number, detail?: string, remedy?: string): UserError {
  return new UserError({
    code: "engine-failed",
    ...(remedy === undefined ? {} : { remedy }),
    what: `${step} ended with exit code ${exitCode}${detail === undefined ? "" : `: ${detail}`}`,
    expected: detail === undefined ? "0; what the engine said stands above" : "0",
  });
}

/** An apply has changed the cluster and could not save its state: it lies here, and what is in its place is behind. */
export function erroredStateLeft(id: string, file: string): Problem {
  return {
    code: "errored-state-left",
    file,
    what: `an apply of ${id} could not save its state, and left it here`,
    expected: "it to be put back first: another plan would create again what only this file knows",
    remedy: `flywheel recover ${id} ${file}\nIt says when it is in its place. Then remove the file`,
  };
}
