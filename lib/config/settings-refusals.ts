import { kindOf } from "./kind";
import { type Problem } from "../errors";
import { expectOneOf } from "./nearest";

/** A settings file that holds something else than a mapping. */
export function settingsNoMapping(input: unknown): Problem {
  return {
    code: "wrong-type",
    what: `the file holds ${kindOf(input)}`,
    expected: "a mapping of settings, `name: value` a line",
  };
}

/** A setting under its old name and under its name. */
export function doubleSetting(key: string, name: string): Problem {
  return {
    code: "double-setting",
    what: `"${key}" and "${name}" are one setting under two names, and both are set`,
    expected: "one of the two",
    remedy: `remove the line \`${key}: ...\``,
  };
}

/** A secret's value in a file. It is not repeated. */
export function secretInSettings(key: string): Problem {
  return {
    code: "secret-in-file",
    what: `"${key}" is a secret and has a value in the file`,
    expected: `its name under \`secrets:\` and its value in TF_VAR_${key}`,
    remedy: `remove the line, rotate the value if it was committed, and add ${key} to \`secrets: [...]\``,
  };
}

/** What is said of the cluster, in a stack's settings. */
export function settingElsewhere(key: string, name: string): Problem {
  return {
    code: "setting-elsewhere",
    what: `"${key}" is not a setting of a stack`,
    expected: `the cluster's \`${name}\` in organization.yaml`,
    remedy: "remove the line",
  };
}

/** No setting of the stack has that name. */
export function unknownSetting(key: string, stack: string, known: readonly string[]): Problem {
  return {
    code: "unknown-setting",
    what: `unknown setting "${key}"`,
    expected: expectOneOf(`one of the ${stack} settings`, key, known),
  };
}

/** `secrets` is something else than a list. */
export function secretsNoList(names: unknown): Problem {
  return {
    code: "wrong-type",
    what: `"secrets" is ${kindOf(names)}`,
    expected: "a list of the secrets the stack will be given, such as [ghcr_token]",
  };
}

/** No secret of the stack has that name. */
export function unknownSecret(name: unknown, stack: string, known: readonly string[]): Problem {
  return {
    code: "unknown-secret",
    what: `unknown secret "${String(name)}"`,
    expected: expectOneOf(`one of the secrets of ${stack}`, String(name), known),
  };
}

/** A secret is listed twice. */
export function doubleSecret(name: string): Problem {
  return { code: "double-secret", what: `secret "${name}" is listed twice`, expected: "each secret once" };
}

/** A secret that the stack needs is not listed. */
export function missingSecret(name: string, stack: string): Problem {
  return {
    code: "missing-secret",
    what: `secret "${name}" is missing`,
    expected: `${name} among \`secrets: [...]\`: ${stack} cannot do without it`,
    remedy: `add ${name} to \`secrets\`; its value comes from TF_VAR_${name}`,
  };
}

/** A rule between settings does not hold, in the rule's own words. */
export function settingsDisagree({ what, expected, remedy }: Pick<Problem, "what" | "expected" | "remedy">): Problem {
  return { code: "settings-disagree", what, expected, ...(remedy === undefined ? {} : { remedy }) };
}
