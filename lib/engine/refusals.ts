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

/** An engine would read these beside what was synthesized. */
export function foreignFilesLeft(id: string, files: readonly string[]): Problem {
  return {
    code: "foreign-files",
    what: `the engine would read more than the program of ${id}: ${files.join(", ")}`,
    expected: "what was synthesized alone, since that is what was checked and reviewed",
    remedy: `Move away what is still needed, and remove the rest: rm ${files.join(" ")}\nValues belong into the settings file, secrets into TF_VAR_<name>`,
  };
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

/** The configuration requires committed hashes of providers, and there are none for this stack. */
export function providerLockMissing(file: string, stack: string): UserError {
  return new UserError({
    code: "provider-lock-missing",
    file,
    what: "there is no such file, and state.require has provider-locks",
    expected: "the hashes of every provider that may be installed, committed",
    remedy: `Where a registry or a mirror is reached: make provider-lock STACK=${stack}. Review the file and commit it`,
  });
}

/** A committed lock that does not cover what the stack uses. */
export function providerLockIncomplete(file: string, stack: string, providers: readonly string[]): UserError {
  return new UserError({
    code: "provider-lock-incomplete",
    file,
    what: `no hash of ${providers.join(", ")}`,
    expected: "the hashes of every provider of the stack, for the engine that is used",
    remedy: `Where a registry or a mirror is reached: make provider-lock STACK=${stack}. Review what it changes and commit it`,
  });
}

/** A provider could not be fetched to be hashed. */
export function providersNotLocked(stack: string, said: string): UserError {
  return new UserError({
    code: "providers-not-locked",
    what: `the providers of ${stack} were not hashed: ${said}`,
    expected: "a registry or a mirror that has each of them, for every platform",
    remedy: "From a filesystem mirror: make provider-lock MIRROR=/opt/tf-plugins PLATFORMS=linux_amd64",
  });
}

/** FLYWHEEL_ENGINE names what is not there. */
export function namedEngineMissing(named: string): UserError {
  return new UserError({
    code: "no-engine",
    what: `FLYWHEEL_ENGINE is ${named}, and there is no such program`,
    expected: "the path or the name of tofu or terraform",
    remedy: "Set it to one that is there, or unset it",
  });
}

/** No engine at all. */
export function noEngine(): UserError {
  return new UserError({
    code: "no-engine",
    what: "neither tofu nor terraform is on PATH",
    expected: "OpenTofu >= 1.10 or Terraform >= 1.11",
    remedy:
      "Install one, or let us build OpenTofu with Go: make engine\nThen: export FLYWHEEL_ENGINE=$(make -s engine-path)",
  });
}
