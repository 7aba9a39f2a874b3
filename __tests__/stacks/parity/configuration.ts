import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { secretVariable } from "../../../lib/engine/environment";
import { readVariables, type Values } from "./facts";

/** One stack in an environment of its own, by the variables of the HCL stack. */
export interface Deployment {
  /** The environment's name; the stack's id is `<stack>-<environment>`. */
  readonly environment: string;
  readonly stack: string;
  readonly variables: Values;
  /** Lines for the settings file beside the variables. */
  readonly settings?: Values;
}

/** Variables that organization.yaml decides now, and its key for them. */
export const inOrganization: Readonly<Record<string, string>> = {
  cluster_context: "context",
  ingress_domain: "domain",
  k8s_config_path: "kubeconfig",
};

/**
 * Writes a configuration folder that says what the HCL stacks were told by variables, and returns the environment variables with its
 * secrets. An empty secret is one that is not given.
 */
export function writeConfiguration(
  folder: string,
  deployments: readonly Deployment[],
): Readonly<Record<string, string>> {
  const secrets: Record<string, string> = {};
  // First, and without settings: so that every stack's id carries its environment.
  const clusters: Values[] = [{ name: "none", role: "none", domain: "example.org", context: "none" }];
  for (const { environment, stack, variables, settings } of deployments) {
    const sensitive = new Set(
      readVariables(stack)
        .filter((variable) => variable.sensitive)
        .map(({ name }) => name),
    );
    const given = Object.entries(variables).filter(([name, value]) => sensitive.has(name) && value !== "");
    for (const [name, value] of given) secrets[secretVariable(`${stack}-${environment}`, name)] = String(value);
    const file: Record<string, unknown> = Object.fromEntries(
      Object.entries(variables).filter(([name]) => !sensitive.has(name) && !(name in inOrganization)),
    );
    if (given.length > 0) file["secrets"] = given.map(([name]) => name);
    const path = join(folder, "environments", environment);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `${stack}.yaml`), stringify({ ...file, ...settings }));
    clusters.push(clusterOf(environment, variables));
  }
  const organization = {
    organization: { name: "example" },
    clusters,
    state: { backend: "http", http: { address: "https://state.example.org/{stack}-{env}" } },
  };
  writeFileSync(join(folder, "organization.yaml"), stringify(organization));
  return secrets;
}

function clusterOf(environment: string, variables: Values): Values {
  const said = Object.entries(inOrganization).filter(
    ([variable]) => variable in variables && !(variable === "k8s_config_path" && variables[variable] === ""),
  );
  return {
    name: environment,
    role: "test",
    domain: "example.org",
    ...Object.fromEntries(said.map(([variable, key]) => [key, variables[variable]])),
  };
}
