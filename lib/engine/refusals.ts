import { type Place } from "../config/refusals";
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

/** The same for a folder of HCL, whose lock lies in the folder itself. */
export function ownLockMissing(file: string, id: string): UserError {
  return new UserError({
    code: "provider-lock-missing",
    file,
    what: `the folder of ${id} has no such file, and state.require has provider-locks`,
    expected: "the hashes of every provider that may be installed, committed in the folder",
    remedy: "In the folder: the engine's `providers lock`, for every platform. Review the file and commit it",
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

/** The path of a folder of HCL leads nowhere. */
export function folderMissing(place: Place, looked: readonly string[]): UserError {
  return new UserError({
    code: "folder-missing",
    ...place,
    what: `there is no folder ${looked.join(", nor ")}`,
    expected: "the path of a folder of HCL, as seen from organization.yaml or from where the command is typed",
    remedy: "Check the path, or clone the repository that has it",
  });
}

/** Two folders are meant: one as seen from organization.yaml, one as seen from where the command is typed. */
export function folderAmbiguous(place: Place, found: readonly string[]): UserError {
  return new UserError({
    code: "folder-ambiguous",
    ...place,
    what: `that is ${found.join(", and also ")}`,
    expected: "one folder",
    remedy: "Write the whole path, or run the command from elsewhere",
  });
}

/** Outside of git nobody can tell what belongs to a folder. */
export function folderNotInGit(place: Place, path: string): UserError {
  return new UserError({
    code: "folder-not-in-git",
    ...place,
    what: `${path} is in no git worktree`,
    expected: "a folder of a repository: git says which files belong to it, and how far up its modules may lie",
    remedy: `git init, at the folder that has its modules, too`,
  });
}

/** A file of variables that is not there. */
export function varFileMissing(place: Place, file: string): Problem {
  return {
    code: "var-file-missing",
    ...place,
    what: `there is no file ${file}`,
    expected: "a file of variables, as seen from the folder",
  };
}

/** The engine reads what git does not know: run by hand it would count, and here it would not. */
export function ignoredInput(place: Place, id: string, files: readonly string[]): UserError {
  return new UserError({
    code: "ignored-input",
    ...place,
    what: `git ignores ${files.join(", ")}, and the engine of ${id} reads ${files.length === 1 ? "it" : "them"}`,
    expected: "every file that decides a plan to be in git, or to be named",
    remedy: `Values of variables: name the file under var_files of ${place.key ?? "the folder"}. A file of HCL: take it out of .gitignore, or remove it`,
  });
}

/** The name of our own file in the mirror. */
export function overrideTaken(place: Place, file: string): UserError {
  return new UserError({
    code: "other-backend",
    ...place,
    what: `the folder has a ${file} of its own`,
    expected: "that name to be free: the file with the backend is written there, in the mirror",
    remedy: "Rename it",
  });
}

/** After init: another file of the folder had the last word. */
export function otherBackend(place: Place, id: string, found: string, expected: string): UserError {
  return new UserError({
    code: "other-backend",
    ...place,
    what: `the engine of ${id} took another backend than the configuration's: ${found}`,
    expected,
    remedy:
      "Remove the override file of the folder that has a backend or a cloud block and comes after ours by its name",
  });
}
