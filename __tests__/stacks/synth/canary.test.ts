import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { settingsSpecs } from "../../../lib/config/stacks";
import { secretVariable } from "../../../lib/engine/environment";
import { repositoryRoot } from "../../../lib/root";
import { everyStack } from "../../lib/backend/support";
import { temporaryFolder } from "../../lib/config/support";
import { findEngine } from "../../support/engines";
import { type Outcome, runFlywheel, runSynth } from "./child";

/** A word that is nowhere else, so that finding it is finding the secret. */
const canary = `canary-${randomBytes(8).toString("hex")}`;

// The checked-in configuration, because it lists the most secrets.
const configuration = loadConfiguration(join(repositoryRoot, "config"));

/** A canary wherever a secret can come from. */
function planted(): Readonly<Record<string, string>> {
  const listed = configuration.stacks.flatMap((stack) => [...stack.secrets].map((name) => [stack, name] as const));
  return {
    FLYWHEEL_CONFIG_DIR: configuration.folder,
    ...Object.fromEntries(
      Object.values(settingsSpecs).flatMap((spec) =>
        Object.keys(spec.secrets).map((name) => [`TF_VAR_${name}`, shaped(name)]),
      ),
    ),
    ...Object.fromEntries(listed.slice(0, 3).map(([stack, name]) => [secretVariable(stack.id, name), shaped(name)])),
    FLYWHEEL_SECRET_NOBODY__token: canary,
    TF_HTTP_USERNAME: canary,
    TF_HTTP_PASSWORD: canary,
    AWS_ACCESS_KEY_ID: canary,
    AWS_SECRET_ACCESS_KEY: canary,
    AWS_SESSION_TOKEN: canary,
    TF_TOKEN_app_terraform_io: canary,
    GITHUB_TOKEN: canary,
  };
}

/** A value that passes today's validation where there is one. */
function shaped(name: string): string {
  return name === "database_url" ? `postgresql://u:${canary}@localhost/attic` : canary;
}

function holders(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files).not.toEqual([]);
  return files.filter((file) => readFileSync(file, "utf8").includes(canary));
}

const words = ({ stdout, stderr }: Outcome) => `${stdout}${stderr}`;

it("no secret reaches a synthesized file", async () => {
  const folder = temporaryFolder();
  const outcome = await runSynth({ cwd: folder, env: planted() });
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(holders(join(folder, "cdktf.out"))).toEqual([]);
});

it("no secret reaches what a refused synth says", async () => {
  const outcome = await runSynth({
    cwd: temporaryFolder(),
    env: {
      ...planted(),
      FLYWHEEL_CONFIG_DIR: everyStack(""),
      TF_HTTP_ADDRESS: `https://ci:${canary}@state.example.org`,
    },
  });
  expect(outcome.code).toBe(1);
  expect(words(outcome)).not.toContain(canary);
});

describe("a preview with real secrets", () => {
  const engine = findEngine().path;

  it.each([
    ["text", []],
    ["JSON", ["--json"]],
  ])("says none of them in its %s, and keeps them in its documents to their owner", async (_form, flags) => {
    const [out, temporary] = [temporaryFolder(), temporaryFolder()];
    const outcome = await runFlywheel(["preview", ...flags, "--out", join(out, "plans")], {
      cwd: repositoryRoot,
      env: { ...planted(), FLYWHEEL_ENGINE: engine, TMPDIR: temporary },
    });
    expect(outcome).toMatchObject({ code: 0 });
    expect(words(outcome)).not.toContain(canary);
    expect(outcome.stdout).not.toContain("placeholders stood in");
    const documents = readdirSync(join(out, "plans"));
    expect(documents).toHaveLength(configuration.stacks.length);
    for (const document of documents) expect(statSync(join(out, "plans", document)).mode & 0o777).toBe(0o600);
    expect(holders(join(out, "plans"))).not.toEqual([]);
    // And nothing of it stays where it was planned.
    expect(readdirSync(temporary)).toEqual([]);
  });
});
