import { type Problem, UserError } from "../../lib/errors";

/** A variable file that is no mapping of names to values; what stands in it is not repeated. */
export function noVariableFile(file: string): UserError {
  return new UserError({
    code: "no-variable-file",
    file,
    what: "the file is no variable file",
    expected: "HCL lines such as name = value, or one JSON object in a file that ends in .json",
  });
}

/** A value that has to be computed. */
export function noExpression(file: string, key: string): Problem {
  return {
    code: "not-a-value",
    file,
    key,
    what: `${key} is an expression`,
    expected: "a plain value, as variable files have it",
  };
}

/** `convert` never overwrites. */
export function settingsExist(file: string): UserError {
  return new UserError({
    code: "settings-exist",
    file,
    what: "there are settings already",
    expected: "no such file: convert never overwrites one",
    remedy: "Move it away, or add what is new by hand: flywheel convert ... --dry-run prints it",
  });
}

/** A backend file that names neither an HTTP address nor a bucket, or one of both. */
export function noPlace(file: string, what: string): UserError {
  return new UserError({
    code: "no-address",
    file,
    what,
    expected: 'address = "https://..." for http, or bucket, key and endpoints = { s3 = "..." } for s3',
  });
}

/** organization.yaml has another value already, which other stacks use. */
export function otherPlace(file: string, key: string, there: unknown, here: unknown): Problem {
  return {
    code: "other-place",
    file,
    key,
    what: `${key} is ${JSON.stringify(there)}, and the backend file says ${JSON.stringify(here)}`,
    expected: "one value for all stacks that use it",
    remedy: "Correct the one that is wrong; nothing was written",
  };
}
