import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withReplay } from "../../../planning/replay/attach";
import { loadConfiguration } from "../../../lib/config/load";
import { runEngine } from "../../../lib/engine/run";
import { synthesize } from "../../../stacks/synth";
import { findEngine } from "../../support/engines";
import { FakeCommands } from "./support";

const { path: engine } = findEngine();
const secret = "dreamhost-key-of-this-test";

let fake: FakeCommands;
beforeEach(() => void (fake = new FakeCommands()));
afterEach(() => fake.remove());

/** Writes configuration with `settings` and the JSON of attic, and returns the stack's folder. */
function synth(settings: readonly string[]): string {
  const config = join(fake.folder, "config");
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  writeFileSync(
    join(config, "organization.yaml"),
    "organization: {name: test}\nclusters: [{name: dev, role: development, domain: dev.example.org, context: honey}]\n",
  );
  writeFileSync(join(config, "environments", "dev", "attic.yaml"), settings.join("\n"));
  const configuration = loadConfiguration(config);
  const folder = join(fake.folder, "out");
  synthesize({ configuration, stacks: configuration.stacks, contracts: new Map(), folder });
  return join(folder, "stacks", "attic");
}

describe("deploying attic with MinIO and DreamHost under replay", () => {
  const settings = [
    "use_minio: true",
    "dns_provider: dreamhost",
    "domain: example.org",
    "load_balancer_ip: 203.0.113.10",
    "secrets: [dreamhost_api_key]",
  ];

  it("makes everything and calls neither kubectl nor curl, not even to remove a record", async () => {
    for (const name of ["kubectl", "curl"]) fake.add(name, "exit 1");
    await withReplay(async (replay) => {
      const env = {
        ...process.env,
        ...replay,
        PATH: `${fake.folder}${delimiter}${process.env["PATH"] ?? ""}`,
        TF_VAR_dreamhost_api_key: secret,
      };
      const run = async (folder: string, ...args: string[]) => {
        const { exitCode, stdout, stderr } = await runEngine({ engine, args, folder, env });
        if (exitCode !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
        // The engine itself shows the key of a record that goes, as terraform_data's output; what we run shows it never.
        const ours = stdout.split("\n").filter((line) => line.includes("(local-exec)"));
        expect(ours.join("\n")).not.toContain(secret);
        return stdout;
      };
      const folder = synth([...settings, "enable_staging_dns: true"]);
      await run(folder, "init", "-no-color");
      const made = await run(folder, "apply", "-auto-approve", "-no-color");
      // What a provisioner of ours prints is hidden where it was given a secret.
      expect(made).toContain("provision: replay, not done: wait up to 300s for the definition of tenants.minio.min.io");
      expect(made).toMatch(/Apply complete! Resources: \d+ added, 0 changed, 0 destroyed/);

      synth(settings);
      const removed = await run(folder, "apply", "-auto-approve", "-no-color");
      expect(removed).toContain('terraform_data.dns_record["nix-cache-staging"] (local-exec): ');
      expect(removed).toContain("Apply complete! Resources: 0 added, 0 changed, 1 destroyed");
      synth(["use_minio: true"]);
      expect(await run(folder, "apply", "-auto-approve", "-no-color")).toContain(
        'terraform_data.dns_record["nix-cache"] (local-exec): ',
      );
    });
    expect([fake.argumentsOf("kubectl"), fake.argumentsOf("curl")]).toEqual(["", ""]);
  });
});
