import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { temporaryFolder } from "../../lib/config/support";
import { runChild } from "../../stacks/synth/child";
import { findEngines } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";
import { type ServeChild, startServe } from "../serve-child";

/** The unmodified `cdktf deploy` from npm, with the guard in front of a real engine, on a cluster and a state that are empty. */
jest.setTimeout(6 * 60_000);

const replay = replayedProviders();
const servers: ServeChild[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** A project with a dashboard, whose role is bound in the namespace that the runners' stack makes. */
async function project(engine: string) {
  const cwd = temporaryFolder();
  const config = join(cwd, "config");
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  const configure = (address: string) =>
    writeFileSync(
      join(config, "organization.yaml"),
      `organization: {name: x}\nclusters:\n  - {name: dev, role: development, domain: example.org, context: honey}\nstate:\n  http: {address: "${address}"}\n`,
    );
  const settings = (stack: string, text: string) =>
    writeFileSync(join(config, "environments", "dev", `${stack}.yaml`), text);
  configure("http://127.0.0.1:9/state/{stack}-{env}");
  settings("arc-runners", "github_config_url: https://github.com/x\n");
  settings(
    "runner-dashboard",
    readFileSync(join(repositoryRoot, "config/environments/dev/runner-dashboard.yaml"), "utf8"),
  );
  const server = await startServe(config, join(cwd, "states"));
  servers.push(server);
  configure(`${server.url}/state/{stack}-{env}`);
  writeFileSync(
    join(cwd, "cdktf.json"),
    JSON.stringify({
      language: "typescript",
      app: `"${process.execPath}" "${join(repositoryRoot, "bin/synth.cjs")}"`,
      projectId: "test",
      sendCrashReports: "false",
    }),
  );
  // Says when an apply begins and ends: cdktf's output tears lines apart.
  const [log, recording] = [join(cwd, "applies"), join(cwd, "engine")];
  writeFileSync(
    recording,
    `#!/bin/sh
case "$1:$PWD" in apply:*/stacks/*) ;; *) exec "${engine}" "$@" ;; esac
echo "begin $(basename "$PWD")" >> "${log}"
"${engine}" "$@"
code=$?
echo "end $(basename "$PWD")" >> "${log}"
exit $code
`,
    { mode: 0o755 },
  );
  const env = {
    FLYWHEEL_CONFIG_DIR: config,
    FLYWHEEL_ENGINE: recording,
    FLYWHEEL_REPLAY: "1",
    TERRAFORM_BINARY_NAME: join(repositoryRoot, "bin/engine"),
    TF_REATTACH_PROVIDERS: replay.reattach,
    TF_HTTP_USERNAME: server.user,
    TF_HTTP_PASSWORD: server.password,
    ...Object.fromEntries(
      ["gitlab_oauth_client_id", "gitlab_oauth_client_secret", "gitlab_token", "ghcr_token"].map((name) => [
        `TF_VAR_${name}`,
        "x".repeat(32),
      ]),
    ),
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
    CI: "1",
    NO_COLOR: "1",
  };
  const cdktf = join(repositoryRoot, "node_modules/.bin/cdktf");
  // Without a registry providers cannot be locked.
  return {
    deploy: (stacks: string) =>
      runChild(cdktf, ["deploy", stacks, "--auto-approve", "--skip-provider-lock"], { cwd, env }),
    applies: () => readFileSync(log, "utf8").trim().split("\n"),
  };
}

describe.each(findEngines().map(({ name, path }) => [name, path] as const))("with %s", (_name, engine) => {
  it("deploys one stack alone, and all of them in one run, in the order of what they need", async () => {
    const first = await project(engine);
    expect(await first.deploy("runner-dashboard")).toMatchObject({ code: 0 });
    expect(first.applies()).toEqual(["begin runner-dashboard", "end runner-dashboard"]);

    const second = await project(engine);
    expect(await second.deploy("*")).toMatchObject({ code: 0 });
    expect(second.applies()).toEqual([
      "begin arc-runners",
      "end arc-runners",
      "begin runner-dashboard",
      "end runner-dashboard",
    ]);
  });
});
