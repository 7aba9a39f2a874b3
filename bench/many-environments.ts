import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** Writes a configuration of `count` environments, each with every stack that prod of `config` has. */
export function manyEnvironments(config: string, folder: string, count: number): string {
  const names = Array.from({ length: count }, (_, index) => `env${index + 1}`);
  const source = join(config, "environments", "prod");
  for (const name of names) {
    const target = join(folder, "environments", name);
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(source)) cpSync(join(source, file), join(target, file));
  }
  const organization = {
    organization: { name: "bench" },
    clusters: names.map((name) => ({ name, role: "bench", domain: `${name}.example.org`, context: name })),
    state: { http: { address: "https://state.example.org/state/{stack}-{env}" } },
  };
  writeFileSync(join(folder, "organization.yaml"), stringify(organization));
  return folder;
}
