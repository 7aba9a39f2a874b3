import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { type Lab } from "./lab";

/** The bucket that pages speak of, behind the cluster's service. */
const endpoint = "http://tofu-state.nix-cache.svc:9000";
const recorded = join(repositoryRoot, "__tests__", "stacks", "parity", "fixtures", "states");

/** What is there before a page's first command, by page. A page that is here is run, whole and as written. */
export const scenes: Readonly<Record<string, (lab: Lab) => Promise<void>>> = {
  "docs/start.md": async (lab) => {
    await today(lab);
  },
};

/** An operator's day before Flywheel: a variable file, a backend file, a key pair in the environment, and a state in the bucket. */
async function today(lab: Lab): Promise<void> {
  const server = await lab.bucket(endpoint);
  Object.assign(lab.environment, server.environment);
  const { variables, state } = recordedState("arc-runners", "full");
  lab.write("today/honey.tfvars", hcl({ ...variables, cluster_context: "honey" }));
  lab.write("today/arc-runners.hcl", backendFile("acme/arc-runners/terraform.tfstate"));
  await lab.put(server, "acme/arc-runners/terraform.tfstate", state);
}

function recordedState(stack: string, name: string): { variables: Readonly<Record<string, unknown>>; state: Buffer } {
  const file = join(recorded, stack, name);
  return {
    variables: JSON.parse(readFileSync(`${file}.variables.json`, "utf8")) as Readonly<Record<string, unknown>>,
    state: readFileSync(`${file}.tfstate`),
  };
}

function hcl(variables: Readonly<Record<string, unknown>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join("");
}

function backendFile(key: string): string {
  const skips = ["credentials_validation", "region_validation", "metadata_api_check", "requesting_account_id"];
  return [
    'bucket = "tofu-state"',
    `key = "${key}"`,
    'region = "us-east-1"',
    `endpoints = { s3 = "${endpoint}" }`,
    "use_path_style = true",
    ...skips.map((name) => `skip_${name} = true`),
    "",
  ].join("\n");
}
