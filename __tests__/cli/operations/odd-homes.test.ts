import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { send, temporaryFolder } from "../../authority/support";
import { findEngine } from "../../support/engines";
import { type ServeChild, startServe } from "../serve-child";

/** Who runs us is not always who we would like: without keys for the bucket, without a name or a home, with a script for an engine. */
jest.setTimeout(120_000);

const folder = temporaryFolder();
const config = join(folder, "config");
let server: ServeChild;

function configure(address: string): void {
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  writeFileSync(join(config, "environments", "dev", "arc-runners.yaml"), "github_config_url: https://github.com/x\n");
  writeFileSync(
    join(config, "organization.yaml"),
    `organization: {name: x}
clusters: [{name: dev, role: development, domain: example.org, context: honey}]
state:
  http: {address: "${address}/state/{stack}-{env}"}
  s3: {endpoint: "http://127.0.0.1:9", bucket: tofu-state}
`,
  );
}

beforeAll(async () => {
  chmodSync(folder, 0o755);
  configure("http://127.0.0.1:9");
  server = await startServe(config, join(folder, "states"));
  configure(server.url);
});
afterAll(() => server.stop());

/** The command as typed, by somebody with this environment and no other; `as` is what stands before it. */
function flywheel(args: readonly string[], env: NodeJS.ProcessEnv, as: readonly string[] = []) {
  const [program = "", ...rest] = [...as, process.execPath, join(repositoryRoot, "bin", "flywheel"), ...args];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], FLYWHEEL_CONFIG_DIR: config, ...env },
  });
  return { code: status, stdout, stderr };
}

const writer = () => ({ TF_HTTP_USERNAME: server.user, TF_HTTP_PASSWORD: server.password });

async function lock(id: string): Promise<void> {
  const { status } = await send("POST", `${server.url}/state/arc-runners-dev/lock`, {
    auth: `${server.user}:${server.password}`,
    body: JSON.stringify({ ID: id, Who: "ci@runner-7", Operation: "apply" }),
  });
  expect(status).toBe(200);
}

it("status and unlock of a stack on http need no keys for the bucket, and say what was not looked at", async () => {
  const env = { ...writer(), HOME: folder };
  await lock("first");
  const status = flywheel(["status"], env);
  expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^arc-runners +http/m) });
  expect(status.stderr).toMatch(/^bucket: not looked at: no AWS credentials/);
  expect(flywheel(["unlock", "arc-runners", "first"], env)).toMatchObject({ code: 0 });
  expect(flywheel(["unlock", "arc-runners", "first"], env)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is not locked"),
  });
});

// A number that the system knows no name for, where root can become it and it can get here.
const nobody = [
  "setpriv",
  "--reuid=54321",
  "--clear-groups",
  "--inh-caps=+dac_override",
  "--ambient-caps=+dac_override",
];
const reachable = [...nobody, "test", "-r", join(repositoryRoot, "package.json")];
(spawnSync(reachable[0] ?? "", reachable.slice(1)).status === 0 ? it : it.skip)(
  "a user without a name and without HOME checks, sees and unlocks",
  async () => {
    await lock("second");
    const status = flywheel(["status"], writer(), nobody);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^arc-runners +http/m) });
    const wrong = flywheel(["unlock", "arc-runners", "third"], writer(), nobody);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("is locked by ci@runner-7") });
    expect(flywheel(["unlock", "arc-runners", "second"], writer(), nobody)).toMatchObject({ code: 0 });
    const check = flywheel(["check", "arc-runners"], writer(), nobody);
    expect(check).toMatchObject({ code: 0, stdout: expect.stringMatching(/^note {4}bucket/) });
    const keys = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y" };
    const probe = flywheel(["probe", "--endpoint", server.url, "--bucket", "b"], keys, nobody);
    expect(probe.stdout + probe.stderr).toMatch(/bucket b at http/);
    const [program = "", ...rest] = [...nobody, process.execPath, join(repositoryRoot, "bin", "tools.cjs"), "minio"];
    const tools = spawnSync(program, rest, { encoding: "utf8", env: { PATH: process.env["PATH"] } });
    expect([tools.status, tools.stderr]).toEqual([1, expect.stringContaining("export FLYWHEEL_TOOLS=")]);
    for (const { stdout, stderr } of [status, wrong, check, probe])
      expect(stdout + stderr).not.toMatch(/mistake of ours|outage|homedir/);
  },
);

it("an engine behind a script that prints lines of its own is told as that", () => {
  const engine = join(folder, "wrapped-engine");
  writeFileSync(engine, `#!/bin/sh\necho "engine of the platform team"\nexec "${findEngine().path}" "$@"\n`);
  chmodSync(engine, 0o755);
  const { code, stderr } = flywheel(["preview", "arc-runners"], { FLYWHEEL_ENGINE: engine, HOME: folder });
  expect(code).toBe(1);
  expect(stderr).toContain('show -json` printed "engine of the platform team" first');
  expect(stderr).toContain("FLYWHEEL_ENGINE names another program");
});
