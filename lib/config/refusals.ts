import { type Problem, UserError } from "../errors";
import { expectOneOf } from "./nearest";
import { join } from "node:path";

/** Where something is wrong in a file. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly key?: string;
}

/** A file that is not text in UTF-8: Latin-1 and UTF-16 would be read as other letters. */
export function notUtf8(place: Place): Problem {
  return {
    code: "not-utf-8",
    ...place,
    what: "the line holds bytes that are no UTF-8",
    expected: "text in UTF-8",
    remedy: `Convert it: iconv -f latin1 -t utf-8 ${place.file}`,
  };
}

/** A character that no text has, raw in the file or escaped in a value. */
export function controlCharacter(place: Place, character: string): Problem {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return {
    code: "control-character",
    ...place,
    what: `${place.key === undefined ? "the line" : `"${place.key}"`} holds the control character U+${code}`,
    expected: "printable text; it may have tabs and line breaks",
    remedy: "remove the character",
  };
}

/** A key or a value that has the form of cdktf's references; its text is not repeated. */
export function tokenInFile(place: Omit<Place, "file"> & Partial<Pick<Place, "file">>): Problem {
  return {
    code: "token-in-file",
    ...place,
    what: `"${place.key ?? ""}" has the form of a reference inside the program (TfToken[...], or its number)`,
    expected: "a plain text or number: such a one would be replaced by the value of something else, a secret perhaps",
    remedy: "write another value",
  };
}

/** `__proto__`: JavaScript takes it for something else than a key, so it could only be lost. */
export function protoKey(place: Place): Problem {
  return {
    code: "unknown-setting",
    ...place,
    what: `unknown key "${place.key ?? ""}"`,
    expected: "any other key: __proto__ cannot be one",
    remedy: "remove the line",
  };
}

/** Nothing says by which environment of GitHub, and on which runner, a stack is planned or deployed. */
export function noDeployTarget(
  file: string,
  id: string,
  environment: string,
  key: "deploy" | "deploy.plan",
): UserError {
  return new UserError({
    code: "no-deploy-target",
    file,
    key: `clusters (${environment}).${key}`,
    what: `nothing says where ${id} is ${key === "deploy" ? "deployed" : "planned for a pull request"}`,
    expected:
      key === "deploy"
        ? `deploy: {environment: ${environment}, runner: LABEL} in the entry of ${environment}`
        : `deploy: {..., plan: {environment: ${environment}-plan, runner: LABEL}} in the entry of ${environment}`,
    remedy: "docs/ci.md, Deploying",
  });
}

/** Ids that no settings file gives. `known`: those that there are. */
export function unknownStacks(ids: readonly string[], folder: string, known: readonly string[]): UserError {
  return new UserError(
    ids.map((id) => ({
      code: "unknown-stack",
      what: `there is no stack "${id}" in ${folder}`,
      expected: expectOneOf(
        known.length === 0 ? "a settings file in environments/<env>/" : `one of ${known.join(", ")}`,
        id,
        known,
      ),
    })),
  );
}

/** A file that the disk does not give. */
export function unreadable(file: string, why: string, expected = "a file that may be read"): Problem {
  return { code: "unreadable", file, what: `cannot be read: ${why}`, expected };
}

/** No configuration in the folder. */
export function noConfiguration(organizationFile: string): Problem {
  return {
    code: "no-configuration",
    file: organizationFile,
    what: "there is no such file",
    expected: "the organization's configuration",
    remedy: "Set FLYWHEEL_CONFIG_DIR to the folder that has it, or run from the repository's root",
  };
}

/** A settings file beside the folders of the environments. */
export function settingsOutsideEnvironment(file: string): Problem {
  return {
    code: "misplaced-file",
    file,
    what: "settings stand in the folder of an environment",
    expected: "environments/<env>/<stack>.yaml",
  };
}

/** A folder where a settings file should be. */
export function folderAmongSettings(file: string, environment: string): Problem {
  return {
    code: "misplaced-file",
    file,
    what: "an environment has files only, and this is a folder",
    expected: `environments/${environment}/<stack>.yaml`,
  };
}

/** A folder of settings for an environment that no cluster has. */
export function unknownEnvironment(folder: string, environment: string, known: readonly string[]): Problem {
  return {
    code: "unknown-environment",
    file: folder,
    what: `environment "${environment}" has settings and no entry in organization.yaml`,
    expected: expectOneOf(`one of ${known.join(", ")}`, environment, known),
    remedy: "add it to `clusters` in organization.yaml, with its context and domain",
  };
}

/** A settings file with the name of no stack. */
export function settingsOfNoStack(file: string, stack: string, known: readonly string[]): Problem {
  return {
    code: "unknown-stack",
    file,
    what: `there is no stack "${stack}"`,
    expected: expectOneOf(`one of ${known.join(", ")}`, stack, known),
  };
}

/** Settings in a file that is not called .yaml. */
export function wrongFileName(file: string, stack: string): Problem {
  return { code: "wrong-file-name", file, what: "settings files end in .yaml", expected: `${stack}.yaml` };
}

/** A merge that nobody finished. `line` counts from 1. */
export function ledgerConflict(file: string, line: number): Problem {
  return {
    code: "ledger-conflict",
    file,
    line,
    what: "the ledger has a merge conflict",
    expected: "one block per state",
    remedy: "Resolve it: of two blocks for one state keep the one with the higher generation",
  };
}

/** A ledger that a newer program wrote. */
export function ledgerNewer(place: Place, version: number, known: number): Problem {
  return {
    code: "ledger-newer",
    ...place,
    what: `the ledger is of version ${version}, and this program knows version ${known}`,
    expected: "a program that is as new as the ledger",
    remedy: "Pull the newest program, and run this again with it. Never lower the number",
  };
}

/** Two blocks for one state; the place's key is its name. */
export function ledgerDoubleEntry(place: Place & { readonly key: string }, remedy: string): Problem {
  return {
    code: "ledger-double-entry",
    ...place,
    what: `the ledger has two entries for ${place.key}`,
    expected: "one block per state",
    remedy,
  };
}

/** `key` stands twice in one mapping. */
export function doubleKey(place: Place, key: string): Problem {
  return {
    code: "yaml-syntax",
    ...place,
    what: `${key} is set a second time`,
    expected: "YAML 1.2, one document a file, every key once",
  };
}

/** Something in the ledger is not what it should be. */
export function invalidLedger(place: Place, what: string, expected: string): Problem {
  return { code: "invalid-ledger", ...place, what, expected };
}

/** A schedule of five fields where six are read: `runs` is when it does, `write` is what its author meant. It is only remarked on. */
export function scheduleOfFiveFields(
  place: Required<Place>,
  schedule: string,
  { runs, write }: { readonly runs: string; readonly write: string },
): Problem & Required<Place> & { readonly remedy: string } {
  const { key } = place;
  return {
    code: "five-field-schedule",
    ...place,
    what: `${key} "${schedule}" runs ${runs}: the first field is seconds`,
    remedy: `For what five fields mean elsewhere, write ${key}: "${write}"`,
  };
}

/** A runner set that GitHub cannot tell from one of another environment. It is only remarked on. */
export function runnerSetShared(
  place: Required<Place>,
  own: { readonly name: string; readonly url: string; readonly set: string; readonly ownName: string },
  other: { readonly id: string; readonly file: string },
): Problem & Required<Place> & { readonly remedy: string } {
  return {
    code: "runner-set-shared",
    ...place,
    what: `${own.set} and ${other.id} (${other.file}) both register as "${own.name}" at ${own.url}: GitHub knows one scale set of that name, and serves one of the two`,
    remedy: `Give one of them a name of its own, ${own.ownName}, or another runner_group`,
  };
}

/** A scope's file has the name of no stack. */
export function scopeOfNoStack(folder: string, name: string, ids: string[]): Problem {
  return {
    code: "unknown-stack",
    file: join(folder, name),
    what: "this is the scope of no stack",
    expected: expectOneOf("scopes/<id>.yaml", name.replace(/\.ya?ml$/, ""), ids),
  };
}

/** What stands in the file is no YAML, by its parser's words. */
export function notYaml(place: Place, what: string): Problem {
  return { code: "yaml-syntax", ...place, what, expected: "YAML 1.2, one document a file, every key once" };
}

/** A key that no schema knows. */
export function unknownKey(path: readonly PropertyKey[], expected: string) {
  return { code: "unknown-setting" as const, what: `unknown key "${path.map(String).join(".")}"`, expected };
}

/** Nothing stands where something must. */
export function missingSetting(name: string, expected: string) {
  return { code: "missing-setting" as const, what: `${name} is missing`, expected };
}

/** A folder of HCL is asked for what only this program's stacks have. `wanted`: `preview`. */
export function folderHasNone(
  place: Place,
  id: string,
  wanted: string,
  why = "what it would make, only its own providers can tell",
): UserError {
  return new UserError({
    code: "folder-of-hcl",
    ...place,
    what: `${id} is a folder of HCL, and there is no ${wanted} of it: ${why}`,
    expected: "a stack of this program",
    remedy: `What the engine says of it: flywheel plan ${id}`,
  });
}
