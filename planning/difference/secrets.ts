import { isRecord } from "../../lib/config/kind";
import { settingsSpecs } from "../../lib/config/stacks";
import { type Mask, maskFor } from "./masking";
import { type ComparedPlan, type Side } from "./side";

/** Credentials that operators have in their environment while they preview. */
const credentials =
  /^(TF_HTTP_PASSWORD|TF_HTTP_LEGACY_PASSWORD|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|FLYWHEEL_SECRET_.*)$/;

/**
 * A mask for every secret that a comparison may meet: what was given to the plans of either side, placeholders too, what was generated
 * and stands in a state, and what the environment holds under a secret's name, whether a stack lists it or not.
 */
export function maskOf(sides: readonly Side[], environment: NodeJS.ProcessEnv): Mask {
  const known = knownSecrets();
  const given = sides.flatMap(({ stacks }) =>
    stacks.flatMap(({ plan, placeholders }) => [
      ...givenSecrets(plan, new Set([...known, ...placeholders])),
      ...generatedSecrets(plan),
    ]),
  );
  return maskFor([...given, ...secretsIn(environment)]);
}

/** What an environment holds under a secret's name, whether a stack lists it or not. */
export function secretsIn(environment: NodeJS.ProcessEnv): readonly string[] {
  const known = knownSecrets();
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && (credentials.test(name) || (name.startsWith("TF_VAR_") && known.has(name.slice(7))))
      ? [value]
      : [],
  );
}

function knownSecrets(): ReadonlySet<string> {
  return new Set(Object.values(settingsSpecs).flatMap(({ secrets }) => Object.keys(secrets)));
}

/** The values of the plan's secret variables: those it calls sensitive, and those we know to be, whatever it calls them. */
function givenSecrets(plan: ComparedPlan, known: ReadonlySet<string>): readonly string[] {
  const declared = plan.configuration?.root_module?.variables ?? {};
  const isSecret = (name: string) => declared[name]?.sensitive === true || known.has(name);
  return Object.entries(plan.variables ?? {}).flatMap(([name, { value }]) => (isSecret(name) ? textsIn(value) : []));
}

/** What makes secrets, and the attributes that hold them. */
const generators: Readonly<Record<string, readonly string[]>> = {
  random_password: ["result", "bcrypt_hash"],
  random_string: ["result"],
  random_bytes: ["base64", "hex"],
  tls_private_key: ["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"],
};

/** The passwords and keys that were generated, before and after the plan. */
function generatedSecrets(plan: ComparedPlan): readonly string[] {
  return (plan.resource_changes ?? []).flatMap(({ type, change }) =>
    (generators[type] ?? []).flatMap((name) =>
      [change.before, change.after].flatMap((values) => (isRecord(values) ? textsIn(values[name]) : [])),
    ),
  );
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
