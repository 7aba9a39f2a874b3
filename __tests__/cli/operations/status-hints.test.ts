import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../authority/support";
import { runFlywheel } from "../../stacks/synth/child";
import { type ServeChild, startServe } from "../serve-child";

/** What `status` says beside the table where ledger and place do not go together. */

let server: ServeChild;
afterAll(() => server.stop());

it("names the lines that are wrong where the flag names another place, and the command that explains a doubt", async () => {
  const config = temporaryFolder();
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  writeFileSync(join(config, "environments", "dev", "arc-runners.yaml"), "github_config_url: https://github.com/x\n");
  const configure = (address: string) =>
    writeFileSync(
      join(config, "organization.yaml"),
      `organization: {name: x}\nclusters: [{name: dev, role: development, domain: example.org, context: honey}]\nstate:\n  http: {address: "${address}/state/{stack}-{env}"}\n`,
    );
  configure("http://127.0.0.1:9");
  server = await startServe(config, join(config, "states"));
  configure(server.url);
  const know = (location: string) =>
    writeFileSync(
      join(config, "state-ledger.yaml"),
      `states:\n  - {stack: arc-runners, environment: dev, backend: http, location: "${location}", lineage: l, serial: 41, sha256: "${"0".repeat(64)}", at: "2026-04-16T09:12:00Z", generation: 1}\n`,
    );
  const status = () =>
    runFlywheel(["status"], {
      cwd: config,
      env: { FLYWHEEL_CONFIG_DIR: config, TF_HTTP_USERNAME: server.user, TF_HTTP_PASSWORD: server.password },
    });

  const elsewhere = "https://state.example.org/state/arc-runners-dev";
  know(elsewhere);
  const other = await status();
  expect(other).toMatchObject({ code: 0, stdout: expect.stringMatching(/^arc-runners .* other place /m) });
  expect(other.stderr).toMatch(/organization\.yaml:\d+: .* the ledger says /);
  expect(other.stderr).toContain(elsewhere);

  know(`${server.url}/state/arc-runners-dev`);
  const gone = await status();
  expect(gone).toMatchObject({ code: 0, stdout: expect.stringMatching(/^arc-runners .* no state /m) });
  expect(gone.stderr).toContain("flywheel check arc-runners says why");
});
