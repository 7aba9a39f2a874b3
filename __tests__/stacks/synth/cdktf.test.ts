import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { everyStack } from "../../lib/backend/support";
import { temporaryFolder } from "../../lib/config/support";
import { runChild } from "./child";

/** The unmodified command from npm, in a project of its own that runs this program. */
function cdktfSynth(config: string) {
  const cwd = temporaryFolder();
  const app = `"${process.execPath}" "${join(repositoryRoot, "bin/synth.cjs")}"`;
  writeFileSync(
    join(cwd, "cdktf.json"),
    JSON.stringify({
      language: "typescript",
      app,
      projectId: "test",
      sendCrashReports: "false",
      terraformProviders: [],
      terraformModules: [],
      context: {},
    }),
  );
  const env = {
    FLYWHEEL_CONFIG_DIR: config,
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
    CI: "1",
    NO_COLOR: "1",
  };
  return { cwd, outcome: runChild(join(repositoryRoot, "node_modules/.bin/cdktf"), ["synth"], { cwd, env }) };
}

describe("cdktf synth, from npm", () => {
  it("synthesizes every stack", async () => {
    const state = "state: {http: {address: 'https://state.example.org/{stack}-{env}'}}";
    const { cwd, outcome } = cdktfSynth(everyStack(state));
    const { code, stdout } = await outcome;
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Generated Terraform code for the stacks"),
    });
    expect(readdirSync(join(cwd, "cdktf.out/stacks"))).toContain("arc-runners-prod");
  });

  it("tells a mistake as we tell it, without a stack trace, and exits 1", async () => {
    const { code, stderr } = await cdktfSynth(everyStack("state: {bakend: http}")).outcome;
    expect(code).toBe(1);
    expect(stderr).toContain('organization.yaml:5: unknown key "state.bakend"');
    expect(stderr).toContain('did you mean "backend"?');
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });
});
