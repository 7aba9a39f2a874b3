import { settingsSpecs } from "../../lib/config/stacks";
import { type Mask, maskFor } from "./masking";
import { type ComparedPlan, type Side } from "./side";

/** Credentials that operators have in their environment while they preview. */
const credentials =
  /^(TF_HTTP_PASSWORD|TF_HTTP_LEGACY_PASSWORD|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|FLYWHEEL_SECRET_.*)$/;

/**
 * A mask for every secret that a comparison may meet: what was given to the plans of either side, placeholders too, and what the
 * environment holds under a secret's name, whether a stack lists it or not.
 */
export function maskOf(sides: readonly Side[], environment: NodeJS.ProcessEnv): Mask {
  const known = knownSecrets();
  const given = sides.flatMap(({ stacks }) =>
    stacks.flatMap(({ plan, placeholders }) => givenSecrets(plan, new Set([...known, ...placeholders]))),
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

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
