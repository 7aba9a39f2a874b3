import { cpSync } from "node:fs";
import { join } from "node:path";
import { startReplay } from "../../../planning/replay/server";
import { organization, temporaryFolder, writeFiles } from "../../lib/config/support";
import { startServe } from "../../cli/serve-child";
import { findEngines } from "../../support/engines";
import { runChild, runSynth } from "./child";

const settings = "github_config_url: https://github.com/acme\nghcr_username: bot\nsecrets: [ghcr_token]\n";

/** docs/leaving.md, step by step: the synthesized folder and an engine, with no Node in sight. */
describe.each(findEngines())("after cdktf, $name alone", ({ path: engine }) => {
  it("plans and applies the synthesized folder, and then has nothing to do", async () => {
    const work = temporaryFolder();
    const config = writeFiles(join(work, "config"), {
      "organization.yaml": organization(),
      "environments/dev/arc-runners.yaml": settings,
    });
    const server = await startServe(config, join(work, "states"));
    const replay = await startReplay();
    try {
      writeFiles(config, {
        "organization.yaml": organization(`state: {http: {address: '${server.url}/state/{stack}-{env}'}}`),
      });
      expect(await runSynth({ cwd: work, env: { FLYWHEEL_CONFIG_DIR: config } })).toMatchObject({ code: 0 });
      const folder = join(work, "elsewhere");
      cpSync(join(work, "cdktf.out/stacks/arc-runners"), folder, { recursive: true });

      const env = {
        // Where no node is.
        PATH: "/usr/bin:/bin",
        HOME: work,
        CHECKPOINT_DISABLE: "1",
        TF_HTTP_USERNAME: server.user,
        TF_HTTP_PASSWORD: server.password,
        TF_VAR_ghcr_token: "token",
        // In place of the registry and the cluster.
        TF_REATTACH_PROVIDERS: replay.reattach,
      };
      const run = (command: string, ...args: readonly string[]) =>
        runChild(engine, [command, "-no-color", "-input=false", ...args], { cwd: folder, env });
      expect(await run("init")).toMatchObject({ code: 0, stdout: expect.stringContaining("successfully initialized") });
      expect(await run("plan", "-out=plan")).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Plan: [1-9]\d* to add, 0 to change, 0 to destroy/),
      });
      expect(await run("apply", "plan")).toMatchObject({ code: 0, stdout: expect.stringContaining("Apply complete!") });
      expect(await run("plan", "-detailed-exitcode")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("No changes."),
      });
    } finally {
      await replay.close();
      await server.stop();
    }
  });
});
