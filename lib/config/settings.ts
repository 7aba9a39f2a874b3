import { type z } from "zod";
import { type Code, type Problem } from "../errors";
import { expectOneOf } from "./nearest";
import { type Path, type Source } from "./source";
import { findingsOf } from "./issue";
import { isRecord, kindOf } from "./kind";

type Fields = Readonly<Record<string, z.ZodType>>;

/** A sensitive setting: never in a file, a Terraform variable instead. */
export interface SecretSpec {
  /** Whether the stack cannot do without it. */
  readonly required: boolean;
  /** Today's validation of the value, run by the engine; `self` stands for the value. Engine expression, error text. */
  readonly validation?: { readonly condition: (self: string) => string; readonly message: string };
  /** A value that passes the validation, for previews. Absent: any text does. */
  readonly placeholder?: string;
}

type Values<F extends Fields> = { readonly [K in keyof F]: z.output<F[K]> };

/** A rule between settings; it runs where all settings it reads are sound. */
interface Rule<F extends Fields> {
  readonly reads: readonly (keyof F & string)[];
  readonly test: (values: Values<F>, secrets: ReadonlySet<string>) => RuleFailure | undefined;
}

/** What a failed rule says: at which key, what is wrong, what was expected. */
export interface RuleFailure {
  readonly at: Path;
  readonly what: string;
  readonly expected: string;
  readonly remedy?: string;
}

/** The settings a stack takes, under the variable names operators know. */
export interface SettingsSpec<F extends Fields = Fields> {
  readonly fields: F;
  readonly secrets: Readonly<Record<string, SecretSpec>>;
  readonly rules: readonly Rule<F>[];
  /** Settings that are accepted and read nowhere. */
  readonly unused: readonly string[];
  /** Second names of settings, and the setting each one means. */
  readonly aliases: Readonly<Record<string, string>>;
}

export type SettingsOf<S> = S extends SettingsSpec<infer F> ? Values<F> : never;

/** Declares a stack's settings. `rule` ties a rule's `reads` to what its test may look at. */
export function defineSettings<F extends Fields>(spec: {
  fields: F;
  secrets?: Readonly<Record<string, SecretSpec>>;
  unused?: readonly (keyof F & string)[];
  aliases?: Readonly<Record<string, keyof F & string>>;
  rules?: (rule: RuleBuilder<F>) => readonly Rule<F>[];
}): SettingsSpec<F> {
  const rule: RuleBuilder<F> = (reads, test) => ({ reads, test: (values, secrets) => test(values, secrets) });
  return {
    fields: spec.fields,
    secrets: spec.secrets ?? {},
    unused: spec.unused ?? [],
    aliases: spec.aliases ?? {},
    rules: spec.rules?.(rule) ?? [],
  };
}

type RuleBuilder<F extends Fields> = <K extends keyof F & string>(
  reads: readonly K[],
  test: (values: Pick<Values<F>, K>, secrets: ReadonlySet<string>) => RuleFailure | undefined,
) => Rule<F>;

/** A settings file, read: its values with defaults filled in, and which secrets the stack will be given. */
interface ParsedSettings<F extends Fields> {
  readonly values: Values<F>;
  readonly secrets: ReadonlySet<string>;
}

/** Settings that organization.yaml decides, and the key there. */
export const elsewhere: Readonly<Record<string, string>> = {
  cluster_context: "context",
  ingress_domain: "domain",
  k8s_config_path: "kubeconfig",
};

/** Parses one settings file. Every problem is reported; `parsed` is absent where there is one. */
export function parseSettings<F extends Fields>(
  spec: SettingsSpec<F>,
  stack: string,
  source: Source,
): { parsed?: ParsedSettings<F>; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const report = (code: Code, path: Path, rest: Omit<Problem, "code" | "file" | "line" | "key">) =>
    problems.push({ code, file: source.file, line: source.lineOf(path), key: path.join("."), ...rest });

  const input = source.value ?? {};
  if (!isRecord(input)) {
    report("wrong-type", [], {
      what: `the file holds ${kindOf(input)}`,
      expected: "a mapping of settings, `name: value` a line",
    });
    return { problems };
  }

  const secrets = parseSecrets(spec, stack, input["secrets"], report);
  for (const key of Object.keys(input)) {
    // Not `in`: a setting named "constructor" is unknown, too.
    if (key === "secrets" || Object.hasOwn(spec.fields, key)) continue;
    const path = [key];
    if (Object.hasOwn(spec.aliases, key)) {
      const name = spec.aliases[key] ?? "";
      if (!Object.hasOwn(input, name)) continue;
      report("double-setting", path, {
        what: `"${key}" and "${name}" are one setting under two names, and both are set`,
        expected: "one of the two",
        remedy: `remove the line \`${key}: ...\``,
      });
    } else if (Object.hasOwn(spec.secrets, key)) {
      report("secret-in-file", path, {
        what: `"${key}" is a secret and has a value in the file`,
        expected: `its name under \`secrets:\` and its value in TF_VAR_${key}`,
        remedy: `remove the line, rotate the value if it was committed, and add ${key} to \`secrets: [...]\``,
      });
    } else if (Object.hasOwn(elsewhere, key)) {
      report("setting-elsewhere", path, {
        what: `"${key}" is not a setting of a stack`,
        expected: `the cluster's \`${elsewhere[key] ?? ""}\` in organization.yaml`,
        remedy: "remove the line",
      });
    } else {
      report("unknown-setting", path, {
        what: `unknown setting "${key}"`,
        expected: expectOneOf(`one of the ${stack} settings`, key, [
          ...Object.keys(spec.fields),
          ...Object.keys(spec.secrets),
          ...Object.keys(spec.aliases),
          "secrets",
        ]),
      });
    }
  }

  const values: Record<string, unknown> = {};
  const aliasOf = new Map(Object.entries(spec.aliases).map(([alias, name]) => [name, alias]));
  for (const [name, type] of Object.entries(spec.fields)) {
    const alias = aliasOf.get(name);
    const key = alias !== undefined && Object.hasOwn(input, alias) && !Object.hasOwn(input, name) ? alias : name;
    const value = Object.hasOwn(input, key) ? input[key] : undefined;
    const result = type.safeParse(value);
    if (result.success) values[name] = result.data;
    else {
      const remedy = value === undefined ? { remedy: `add the line \`${key}: ...\`` } : {};
      for (const { code, path, what, expected } of findingsOf(type, result.error.issues, value, [key]))
        report(code, path, { what, expected, ...remedy });
    }
  }

  // A rule's reads are all present, so what it is given is what its type says.
  const sound = values as Values<F>;
  for (const rule of spec.rules) {
    if (!rule.reads.every((key) => Object.hasOwn(values, key))) continue;
    const failure = rule.test(sound, secrets);
    if (failure !== undefined) {
      const { at, ...rest } = failure;
      report("settings-disagree", at, rest);
    }
  }
  return problems.length > 0 ? { problems } : { parsed: { values: sound, secrets }, problems };
}

type Report = (code: Code, path: Path, rest: Omit<Problem, "code" | "file" | "line" | "key">) => void;

function parseSecrets(
  spec: Pick<SettingsSpec, "secrets">,
  stack: string,
  listed: unknown,
  report: Report,
): ReadonlySet<string> {
  const given = new Set<string>();
  const names = listed ?? [];
  if (!Array.isArray(names)) {
    report("wrong-type", ["secrets"], {
      what: `"secrets" is ${kindOf(names)}`,
      expected: "a list of the secrets the stack will be given, such as [ghcr_token]",
    });
    return given;
  }
  names.forEach((name: unknown, index) => {
    const path = ["secrets", index];
    if (typeof name !== "string" || !Object.hasOwn(spec.secrets, name)) {
      report("unknown-secret", path, {
        what: `unknown secret "${String(name)}"`,
        expected: expectOneOf(`one of the secrets of ${stack}`, String(name), Object.keys(spec.secrets)),
      });
    } else if (given.has(name)) {
      report("double-secret", path, { what: `secret "${name}" is listed twice`, expected: "each secret once" });
    } else given.add(name);
  });
  for (const [name, { required }] of Object.entries(spec.secrets)) {
    if (required && !given.has(name)) {
      report("missing-secret", ["secrets"], {
        what: `secret "${name}" is missing`,
        expected: `${name} among \`secrets: [...]\`: ${stack} cannot do without it`,
        remedy: `add ${name} to \`secrets\`; its value comes from TF_VAR_${name}`,
      });
    }
  }
  return given;
}
