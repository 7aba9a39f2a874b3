import { type z } from "zod";
import { type Problem } from "../errors";
import { type Path, type Source } from "./source";
import { findingsOf } from "./issue";
import { isRecord } from "./kind";
import { type Report, reportTo } from "./report";
import {
  settingsNoMapping,
  doubleSetting,
  secretInSettings,
  settingElsewhere,
  unknownSetting,
  secretsNoList,
  unknownSecret,
  doubleSecret,
  missingSecret,
  settingsDisagree,
} from "./settings-refusals";

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
  const report = reportTo(problems, source);

  const input = source.value ?? {};
  if (!isRecord(input)) {
    report([], settingsNoMapping(input));
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
      report(path, doubleSetting(key, name));
    } else if (Object.hasOwn(spec.secrets, key)) {
      report(path, secretInSettings(key));
    } else if (Object.hasOwn(elsewhere, key)) {
      report(path, settingElsewhere(key, elsewhere[key] ?? ""));
    } else {
      report(
        path,
        unknownSetting(key, stack, [
          ...Object.keys(spec.fields),
          ...Object.keys(spec.secrets),
          ...Object.keys(spec.aliases),
          "secrets",
        ]),
      );
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
        report(path, { code, what, expected, ...remedy });
    }
  }

  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a rule is run only where all that it reads is there, so it is given what its type says
  const sound = values as Values<F>;
  for (const rule of spec.rules) {
    if (!rule.reads.every((key) => Object.hasOwn(values, key))) continue;
    const failure = rule.test(sound, secrets);
    if (failure !== undefined) {
      const { at, ...rest } = failure;
      report(at, settingsDisagree(rest));
    }
  }
  return problems.length > 0 ? { problems } : { parsed: { values: sound, secrets }, problems };
}

function parseSecrets(
  spec: Pick<SettingsSpec, "secrets">,
  stack: string,
  listed: unknown,
  report: Report,
): ReadonlySet<string> {
  const given = new Set<string>();
  const names = listed ?? [];
  if (!Array.isArray(names)) {
    report(["secrets"], secretsNoList(names));
    return given;
  }
  names.forEach((name: unknown, index) => {
    const path = ["secrets", index];
    if (typeof name !== "string" || !Object.hasOwn(spec.secrets, name)) {
      report(path, unknownSecret(name, stack, Object.keys(spec.secrets)));
    } else if (given.has(name)) {
      report(path, doubleSecret(name));
    } else given.add(name);
  });
  for (const [name, { required }] of Object.entries(spec.secrets)) {
    if (required && !given.has(name)) {
      report(["secrets"], missingSecret(name, stack));
    }
  }
  return given;
}
