import { isDeepStrictEqual } from "node:util";
import { type z } from "zod";
import { expectOneOf } from "../../lib/config/nearest";
import { type Cluster } from "../../lib/config/organization";
import { elsewhere, type SettingsSpec } from "../../lib/config/settings";

/** A variable that went nowhere, and why. */
export interface NotTaken {
  readonly name: string;
  readonly why: string;
}

/** What variables become. */
export interface ConvertedSettings {
  readonly values: Readonly<Record<string, unknown>>;
  /** Names only. */
  readonly secrets: readonly string[];
  readonly notTaken: readonly NotTaken[];
}

/** Sorts variables into settings, secrets by name, and what is not taken. Defaults are left out. Values of secrets go nowhere. */
export function convertSettings(
  spec: SettingsSpec,
  stack: string,
  variables: ReadonlyMap<string, { readonly value: unknown }>,
  cluster: Cluster,
): ConvertedSettings {
  const values: Record<string, unknown> = {};
  const secrets = new Set(Object.entries(spec.secrets).flatMap(([name, { required }]) => (required ? [name] : [])));
  const notTaken: NotTaken[] = [];
  for (const [name, { value }] of variables) {
    const leave = (why: string) => notTaken.push({ name, why });
    const field = spec.fields[spec.aliases[name] ?? name];
    if (Object.hasOwn(spec.secrets, name)) {
      if (value === "" || value === null) leave("a secret that is empty, so it is not listed");
      else {
        secrets.add(name);
        leave(
          `its value: it is a secret, listed by name; it comes from TF_VAR_${name}. Rotate it if the file was ever shared`,
        );
      }
    } else if (Object.hasOwn(elsewhere, name)) leave(inOrganization(name, value, cluster));
    else if (field === undefined) {
      const known = [...Object.keys(spec.fields), ...Object.keys(spec.secrets)];
      leave(`no setting here; expected ${expectOneOf(`one of the ${stack} settings`, name, known)}`);
    } else if (value === null) leave("null: the default applies");
    else {
      const given = asEnginesRead(field, value);
      const parsed = field.safeParse(given);
      const standard = field.safeParse(undefined);
      if (parsed.success && standard.success && isDeepStrictEqual(parsed.data, standard.data)) leave("the default");
      else values[name] = given;
    }
  }
  const order = Object.keys(spec.fields);
  const rank = (name: string) => order.indexOf(spec.aliases[name] ?? name);
  const sorted = Object.entries(values).sort(([a], [b]) => rank(a) - rank(b));
  return { values: Object.fromEntries(sorted), secrets: [...secrets], notTaken };
}

function inOrganization(name: string, value: unknown, cluster: Cluster): string {
  const key = elsewhere[name] ?? "";
  const there = { context: cluster.context, domain: cluster.domain, kubeconfig: cluster.kubeconfig }[key];
  const place = `${key} of cluster ${cluster.name} in organization.yaml`;
  if (there === value || value === "") return `it is ${place}`;
  return `it is ${place}, which says ${there === undefined ? "nothing" : JSON.stringify(there)} where this says ${JSON.stringify(value)}: look which is right`;
}

/** The engines turn "3" into 3, 4 into "4" and "true" into true where a variable's type asks for it. */
function asEnginesRead(field: z.ZodType, value: unknown): unknown {
  if (field.safeParse(value).success) return value;
  const other = typeof value === "string" ? fromText(value) : String(value);
  return other !== undefined && typeof value !== "object" && field.safeParse(other).success ? other : value;
}

function fromText(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
