import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertCommand } from "../../../cli/commands/convert";
import { loadConfiguration } from "../../../lib/config/load";
import { configFolder, organization, problemsOf } from "../../lib/config/support";

const hcl = `
cluster_context   = "honey"
github_config_url = "https://github.com/acme"
nix_max_runners   = 5
nix_min_runners   = "2"
attic_cache       = "a $\${b} \\"c\\""
ghcr_username     = "bot"
ghcr_token        = "canary"
controller_node_selector = { "kubernetes.io/hostname" = "honey" }
nix_max_runner    = 3
deploy_arc_controller = false
`;

const bucket = `
bucket = "tofu-state"
key = "acme/arc-runners/terraform.tfstate"
region = "us-east-1"
endpoints = { s3 = "http://s3.example.org:9000" }
use_path_style = true
skip_s3_checksum = true
`;

let printed = "";
let previous: string | undefined;
const spies: jest.SpyInstance[] = [];

beforeEach(() => {
  printed = "";
  previous = process.env["FLYWHEEL_CONFIG_DIR"];
  for (const stream of [process.stdout, process.stderr])
    spies.push(
      jest.spyOn(stream, "write").mockImplementation((text) => {
        printed += String(text);
        return true;
      }),
    );
});

afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
  if (previous === undefined) Reflect.deleteProperty(process.env, "FLYWHEEL_CONFIG_DIR");
  else process.env["FLYWHEEL_CONFIG_DIR"] = previous;
});

/** Converts in a folder with these files; the first variable file is `files.hcl`. */
async function convert(files: Readonly<Record<string, string>>, options: { backend?: true; dryRun?: true } = {}) {
  const folder = configFolder({ "organization.yaml": organization("# the end"), ...files });
  process.env["FLYWHEEL_CONFIG_DIR"] = folder;
  const varFile = ["v.tfvars", "v.json"].map((name) => join(folder, name)).filter((name) => existsSync(name));
  const problems = await convertCommand("arc-runners", {
    env: "prod",
    varFile,
    ...(options.backend ? { backendConfig: join(folder, "b.hcl") } : {}),
    ...(options.dryRun ? { dryRun: true } : {}),
  }).then(
    () => [],
    (error: unknown) => problemsOf(folder, error),
  );
  const written = join(folder, "environments", "prod", "arc-runners.yaml");
  return {
    folder,
    problems,
    settings: existsSync(written) ? readFileSync(written, "utf8") : undefined,
    organization: readFileSync(join(folder, "organization.yaml"), "utf8"),
  };
}

describe("convert", () => {
  it("writes what differs from defaults, secrets by name, and tells of the rest", async () => {
    const { problems, settings, folder } = await convert({ "v.tfvars": hcl });
    expect(problems).toEqual([]);
    expect(loadConfiguration(folder).stacks).toMatchObject([
      {
        id: "arc-runners-prod",
        secrets: new Set(["ghcr_token"]),
        settings: {
          nix_min_runners: 2,
          attic_cache: 'a ${b} "c"',
          install_controller: false,
          controller_node_selector: { "kubernetes.io/hostname": "honey" },
        },
      },
    ]);
    expect(settings).not.toMatch(/nix_max_runners|cluster_context|nix_max_runner:/);
    for (const name of ["cluster_context", "nix_max_runners", "ghcr_token", "nix_max_runner"])
      expect(printed).toContain(`  ${name}`);
    expect(printed).toContain("next: flywheel preview arc-runners-prod");
    expect(printed + (settings ?? "")).not.toContain("canary");
  });

  it("reads JSON, and the later file wins", async () => {
    const { settings } = await convert({ "v.tfvars": hcl, "v.json": '{"nix_min_runners": 4, "attic_cache": null}' });
    expect(settings).toContain("nix_min_runners: 4");
    expect(settings).not.toContain("attic_cache");
  });

  it("puts an S3 place under keys, as it is today, and keeps comments", async () => {
    const { problems, organization: text } = await convert({ "v.tfvars": hcl, "b.hcl": bucket }, { backend: true });
    expect(problems).toEqual([]);
    expect(text).toContain("# the end");
    expect(text).toContain("prod: acme/arc-runners/terraform.tfstate");
    expect(text).toContain("skip_s3_checksum: true");
    expect(printed).toContain("next: flywheel register arc-runners-prod");
  });

  it("makes one address of an HTTP place that others fit, too", async () => {
    const file = 'address = "https://s.example.org/state/arc-runners-prod"\nusername = "ann"\n';
    const { organization: text } = await convert({ "v.tfvars": hcl, "b.hcl": file }, { backend: true });
    expect(text).toContain("https://s.example.org/state/{stack}-{env}");
    expect(text).not.toContain("ann");
  });

  it.each([
    ["settings-exist", { "v.tfvars": hcl, "environments/prod/arc-runners.yaml": "nix_max_runners: 1\n" }],
    ["not-a-value", { "v.tfvars": `${hcl}attic_server = "\${var.a}"\n` }],
    ["hcl-syntax", { "v.tfvars": "a = \n" }],
    ["no-variable-file", { "v.json": '{"ghcr_token": "canary"' }],
    ["invalid-setting", { "v.tfvars": `${hcl}nix_cpu_limit = "canary!"\n` }],
    ["secret-in-file", { "v.tfvars": hcl, "b.hcl": `${bucket}secret_key = "canary"\n` }],
    ["no-address", { "v.tfvars": hcl, "b.hcl": 'region = "eu"\n' }],
    [
      "other-place",
      {
        "v.tfvars": hcl,
        "b.hcl": bucket,
        "organization.yaml": organization("state: {s3: {endpoint: https://other.example.org, bucket: tofu-state}}"),
      },
    ],
  ])("is refused and writes nothing: %s", async (code, files: Readonly<Record<string, string>>) => {
    const before = files["organization.yaml"] ?? organization("# the end");
    const { problems, settings, organization: after } = await convert(files, "b.hcl" in files ? { backend: true } : {});
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.code).toBe(code);
    expect(settings).toBe(files["environments/prod/arc-runners.yaml"]);
    expect(after).toBe(before);
    // The one that is no secret may be repeated: it is what is wrong.
    if (code !== "invalid-setting") expect(printed + JSON.stringify(problems)).not.toContain("canary");
  });

  it("writes nothing in a dry run", async () => {
    const { settings, organization: text } = await convert(
      { "v.tfvars": hcl, "b.hcl": bucket },
      { backend: true, dryRun: true },
    );
    expect([settings, text]).toEqual([undefined, organization("# the end")]);
    expect(printed).toContain("nix_min_runners: 2");
  });
});
