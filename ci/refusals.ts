import { UserError, UsageError, type Problem } from "../lib/errors";
import { expectOneOf } from "../lib/config/nearest";

/** `flywheel comment` failed. `stderr` is what it said. */
export function noComment(status: number | null, stderr: string): UserError {
  return new UserError({
    code: "no-comment",
    what: `flywheel comment ended with exit code ${String(status)}`,
    expected: "a comment",
    remedy: stderr.trim(),
  });
}

/** A workflow of .github/workflows, by its file's name. */
export type Workflow = "comment" | "deploy" | "drift";

/** A program of CI is asked for work that it does not know. */
export function unknownWork(word: string | undefined, known: readonly string[]): UsageError {
  return new UsageError({
    code: "usage",
    what: word === undefined ? "it is not said what to do" : `there is no "${word}" to do`,
    expected: `one of ${known.join(", ")}`,
  });
}

/** A variable that the workflow should set is not there, or empty. */
export function notSet(name: string, workflow: Workflow): UsageError {
  return new UsageError({
    code: "usage",
    what: `${name} is not set`,
    expected: `what .github/workflows/${workflow}.yml sets`,
  });
}

/** The allow-list of a policy is something else than a list. */
export function noAllowList(file: string): Problem {
  return {
    code: "wrong-type",
    file,
    what: "the allow-list is no list",
    expected: "entries of check, objects and reason",
  };
}

/** An entry of the allow-list is not one. `index` counts from 0. */
export function entryInvalid({
  file,
  line,
  index,
  issue,
}: {
  readonly file: string;
  readonly line: number;
  readonly index: number;
  readonly issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined;
}): Problem {
  return {
    code: "invalid-setting",
    file,
    line,
    what: `entry ${index + 1}: ${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? ""}`.trim(),
    expected: "check, objects (Kind/namespace/name, * for any) and a reason of at least a sentence",
  };
}

/** ENVIRONMENTS names one that the configuration has not. */
export function unknownEnvironment(name: string, known: string[]): Problem {
  return {
    code: "unknown-environment",
    key: "ENVIRONMENTS",
    what: `there is no environment "${name}"`,
    expected: expectOneOf(`one of ${known.join(", ")}`, name, known),
  };
}

/** `flywheel preview` failed, and has told why. */
export function noPreview(args: readonly string[], status: number | null): UserError {
  return new UserError({
    code: "no-preview",
    what: `flywheel ${args.join(" ")} ended with exit code ${String(status)}`,
    expected: "a preview; the reason stands above",
  });
}

/** What `make schemas` is asked for is no provider with a version. */
export function notAProvider(address: string, version: string): UsageError {
  return new UsageError({
    code: "usage",
    what: `provider "${address}", version "${version}"`,
    expected: "make schemas PROVIDER=namespace/name VERSION=1.2.3",
  });
}

/** The engine did not print the schemas that it was asked for. */
export function noSchemas(engine: string, address: string): UserError {
  return new UserError({
    code: "no-schemas",
    what: `${engine} printed no schemas of ${address}`,
    expected: "the document of `providers schema -json`",
  });
}

/** The successor of CDKTF cannot be installed. */
export function noSuccessor(successor: string, stderr: string): UserError {
  return new UserError({
    code: "no-successor",
    what: `npm cannot install ${successor}: ${stderr.trim().split("\n").at(-1) ?? ""}`,
    expected: "access to the npm registry",
  });
}

/** A synth with the successor failed. `stderr` is what it said. */
export function noSynth(status: number | null, stderr: string): UserError {
  return new UserError({
    code: "no-synth",
    what: `synth ends with exit code ${String(status)}`,
    expected: "the stacks' JSON",
    remedy: stderr.trim(),
  });
}
