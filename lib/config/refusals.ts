import { type Problem, UserError } from "../errors";

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
export function tokenInFile(place: Place): Problem {
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
