import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEngine } from "../../../lib/engine/find";
import { placeProviderLock, providerLockFile, refuseWithoutProviderLock } from "../../../lib/engine/provider-lock";
import { runEngine } from "../../../lib/engine/run";
import { engineVersion, type EngineVersion } from "../../../lib/engine/version";
import { UserError } from "../../../lib/errors";
import { lockProviders } from "../../../planning/provider-lock/provider-lock";

/** A provider as far as hashing and installing go: the engine runs none here. */
const program = "#!/bin/sh\nexit 1\n";
const root = mkdtempSync(join(tmpdir(), "flywheel-locks-"));
const mirror = join(root, "mirror");
const engine = findEngine();
const env: NodeJS.ProcessEnv = { PATH: process.env["PATH"], HOME: root, TF_CLI_CONFIG_FILE: join(root, "none.tfrc") };
const required = { demo: { source: "example.org/acme/demo", version: "1.2.3" } };
const options = { stack: "attic", required, engine, env, mirror, root };
let name: EngineVersion["name"];

/** `words` differ where the provider was replaced. */
function provider(type: string, platform: string, words = program): void {
  const folder = join(mirror, "example.org", "acme", type, "1.2.3", platform);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `terraform-provider-${type}_v1.2.3`), words, { mode: 0o755 });
}

function stackFolder(providers: Readonly<Record<string, unknown>> = required): string {
  const folder = mkdtempSync(join(root, "stack-"));
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: { required_providers: providers } }));
  return folder;
}

/** `init` in a stack's folder with what the committed lock makes of it. */
async function init(folder: string): Promise<{ exitCode: number; stderr: string }> {
  const args = placeProviderLock({ stack: "attic", folder, engine: name, root });
  return runEngine({
    engine,
    folder,
    env,
    args: ["init", "-input=false", "-no-color", `-plugin-dir=${mirror}`, ...args],
  });
}

const codeOf = (work: () => unknown) => {
  try {
    work();
    return "passes";
  } catch (error) {
    return error instanceof UserError ? error.problems[0]?.code : error;
  }
};

beforeAll(async () => {
  name = (await engineVersion(engine, root, env)).name;
  for (const platform of ["linux_amd64", "linux_arm64", "darwin_arm64"]) provider("demo", platform);
  provider("other", "linux_amd64");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("without a committed lock init is told nothing, and a configuration that requires one refuses", () => {
  const folder = stackFolder();
  expect(placeProviderLock({ stack: "attic", folder, engine: name, root })).toEqual([]);
  expect(codeOf(() => refuseWithoutProviderLock({ stack: "attic", folder, engine: name, root }))).toBe(
    "provider-lock-missing",
  );
});

test("a provider that no mirror has is one refusal, and nothing is written", async () => {
  const locking = lockProviders({ ...options, platforms: ["windows_amd64"] });
  await expect(locking).rejects.toMatchObject({ problems: [{ code: "providers-not-locked" }] });
  expect(codeOf(() => readFileSync(providerLockFile("attic", root)))).not.toBe("passes");
});

test("every platform is hashed; the same again changes nothing, and what the other engine's registry has stays", async () => {
  const platforms = ["linux_amd64", "linux_arm64", "darwin_arm64"];
  expect(await lockProviders({ ...options, platforms })).toMatchObject({ changed: true });
  const file = providerLockFile("attic", root);
  const foreign = 'provider "registry.else.org/acme/demo" {\n  version = "1.2.3"\n  hashes = [\n    "h1:x",\n  ]\n}\n';
  writeFileSync(file, `${readFileSync(file, "utf8")}\n${foreign}`);
  await lockProviders({ ...options, platforms });
  const text = readFileSync(file, "utf8");
  // One content here, so one hash; what counts is that each platform was looked for.
  expect(text).toMatch(
    /provider "example\.org\/acme\/demo" \{\n {2}version {5}= "1\.2\.3"\n.*\n {2}hashes = \[\n {4}"h1:/,
  );
  expect(text).toContain('provider "registry.else.org/acme/demo"');
  expect(await lockProviders({ ...options, platforms })).toMatchObject({ changed: false });
});

test("init installs what is locked, writes nothing, and refuses a provider with other bytes", async () => {
  const folder = stackFolder();
  expect(await init(folder)).toMatchObject({ exitCode: 0 });
  const placed = readFileSync(join(folder, ".terraform.lock.hcl"), "utf8");
  expect(placed).not.toContain("registry.else.org");
  expect(await init(folder)).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(folder, ".terraform.lock.hcl"), "utf8")).toBe(placed);
  for (const platform of ["linux_amd64", "linux_arm64", "darwin_arm64"])
    provider("demo", platform, "#!/bin/sh\nexit 2\n");
  const { exitCode, stderr } = await init(stackFolder());
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/checksum|hash/i);
});

test("a lock that lacks a provider of the stack, or its hashes, is refused by name before the engine runs", () => {
  const folder = stackFolder({ ...required, other: { source: "example.org/acme/other", version: "1.2.3" } });
  const asked = { stack: "attic", folder, engine: name, root };
  expect(codeOf(() => placeProviderLock(asked))).toBe("provider-lock-incomplete");
  expect(codeOf(() => refuseWithoutProviderLock(asked))).toBe("provider-lock-incomplete");
  expect(codeOf(() => refuseWithoutProviderLock({ ...asked, folder: stackFolder() }))).toBe("passes");
  const file = providerLockFile("attic", root);
  writeFileSync(file, readFileSync(file, "utf8").replace(/"h1:[^"]+",/, ""));
  expect(codeOf(() => refuseWithoutProviderLock({ ...asked, folder: stackFolder() }))).toBe("provider-lock-incomplete");
});

test.each([
  [
    "terraform",
    { a: {}, b: { source: "alekc/kubectl" }, c: { source: "Example.org/x/y" } },
    ["example.org/x/y", "registry.terraform.io/alekc/kubectl", "registry.terraform.io/hashicorp/a"],
  ],
  ["tofu", { a: { source: "hashicorp/a" } }, ["registry.opentofu.org/hashicorp/a"]],
] as const)("%s looks for a source in its own registry", (which, providers, addresses) => {
  const folder = stackFolder(providers);
  const blocks = addresses.map((address) => `provider "${address}" {\n  hashes = [\n    "h1:x",\n  ]\n}`);
  writeFileSync(providerLockFile("attic", root), `${blocks.join("\n\n")}\n`);
  expect(codeOf(() => refuseWithoutProviderLock({ stack: "attic", folder, engine: which, root }))).toBe("passes");
});
