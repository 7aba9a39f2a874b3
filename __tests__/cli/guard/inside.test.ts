import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GuardedApply, heldAgainstOwnGround } from "../../../cli/guard/inside";
import { runEngine } from "../../../lib/engine/run";
import { temporaryFolder } from "../../authority/support";
import { codeOf } from "../../support/code-of";
import { findEngine } from "../../support/engines";

jest.setTimeout(120_000);

const engine = findEngine().path;
const project = temporaryFolder();
const folder = join(project, "cdktf.out", "stacks", "arc-runners");
const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], CHECKPOINT_DISABLE: "1" };

/** What the engine is told in the stack's folder. */
const engineRun = (...args: readonly string[]) => runEngine({ engine, folder, env, args });
const guarded = (...args: readonly string[]): GuardedApply => ({
  id: "arc-runners",
  project,
  folder,
  engine,
  args,
  env,
  tell: () => undefined,
});

function standsOn(...patterns: readonly string[]): void {
  writeFileSync(
    join(project, "config", "organization.yaml"),
    `organization: {name: x}\nclusters: [{name: dev, role: development, domain: example.org, context: honey}]\nstate:\n  http: {address: "https://s.example/state/{stack}-{env}"}\n  stands_on: {arc-runners: ${JSON.stringify(patterns)}}\n`,
  );
}

const kept = process.env["FLYWHEEL_CONFIG_DIR"];
afterAll(() => {
  if (kept !== undefined) process.env["FLYWHEEL_CONFIG_DIR"] = kept;
});

beforeAll(async () => {
  delete process.env["FLYWHEEL_CONFIG_DIR"];
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(project, "config", "environments", "dev"), { recursive: true });
  writeFileSync(
    join(project, "config", "environments", "dev", "arc-runners.yaml"),
    "github_config_url: https://github.com/x\n",
  );
  const program = (input: number) =>
    writeFileSync(
      join(folder, "main.tf"),
      `variable "more" {\n default = 0\n}\nresource "terraform_data" "store" {\n input = ${input}\n}\nresource "terraform_data" "other" {\n count = var.more\n}\n`,
    );
  program(1);
  expect(await engineRun("init")).toMatchObject({ exitCode: 0 });
  expect(await engineRun("apply", "-auto-approve")).toMatchObject({ exitCode: 0 });
  program(2);
  expect(await engineRun("plan", "-out=saved")).toMatchObject({ exitCode: 0 });
});

test("a plan that changes what the state stands on is refused: a saved one, one that is made now, and a destroy", async () => {
  standsOn("terraform_data.store");
  const asked = [
    ["apply", "saved"],
    ["apply", "-input=false", "-auto-approve"],
    ["apply", "-var", "more=1"],
    ["destroy", "-auto-approve"],
  ];
  for (const args of asked) expect(await codeOf(heldAgainstOwnGround(guarded(...args)))).toBe("stands-on");
  expect(existsSync(join(folder, "flywheel.inside.plan"))).toBe(false);
});

test("otherwise exactly the plan that was looked at is applied, where nobody is asked", async () => {
  standsOn("terraform_data.database");
  expect(await heldAgainstOwnGround(guarded("apply", "saved"))).toEqual(["apply", "saved"]);
  expect(await heldAgainstOwnGround(guarded("apply", "-no-color", "-var=more=1", "-auto-approve"))).toEqual([
    "apply",
    "-no-color",
    "flywheel.inside.plan",
  ]);
  expect(await engineRun("apply", "-no-color", "flywheel.inside.plan")).toMatchObject({ exitCode: 0 });
  expect((await engineRun("state", "list")).stdout).toContain("terraform_data.other[0]");
  expect(await heldAgainstOwnGround(guarded("apply"))).toEqual(["apply"]);
});
