import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { findEngine } from "../../support/engines";
import { type ServeChild, startServe } from "../serve-child";

const project = mkdtempSync(join(tmpdir(), "flywheel-guard-"));
const stackFolder = join(project, "cdktf.out", "stacks", "arc-runners");
const calls = join(project, "calls");
const engine = join(project, "recording-engine");
let server: ServeChild;

beforeAll(async () => {
  mkdirSync(stackFolder, { recursive: true });
  mkdirSync(join(project, "config", "environments", "dev"), { recursive: true });
  writeFileSync(
    join(project, "config", "environments", "dev", "arc-runners.yaml"),
    "github_config_url: https://github.com/tinyland-inc\n",
  );
  configure("http://127.0.0.1:9/state/{stack}-{env}");
  server = await startServe(join(project, "config"), join(project, "states"));
  // Says what reached it. What is tested is what stands in front of it; a check's own proof is a real engine's.
  writeFileSync(
    engine,
    `#!/bin/sh\nif [ -f main.tf.json ]; then exec "${findEngine().path}" "$@"; fi\nprintf '%s|%s|%s\\n' "$*" "$TF_VAR_ghcr_token" "$(env | grep -c FLYWHEEL_SECRET_)" >> "${calls}"\nexit 7\n`,
  );
  chmodSync(engine, 0o755);
});

afterAll(async () => {
  await server.stop();
  rmSync(project, { recursive: true, force: true });
});

beforeEach(() => rmSync(calls, { force: true }));

function configure(address: string): void {
  writeFileSync(
    join(project, "config", "organization.yaml"),
    `organization: {name: x}\nclusters:\n  - {name: dev, role: development, domain: example.org, context: honey}\nstate:\n  http: {address: "${address}"}\n`,
  );
}

function runGuard(
  args: readonly string[],
  cwd = stackFolder,
  extra: NodeJS.ProcessEnv = {},
): { status: number | null; stderr: string; calls: string } {
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    ...extra,
    FLYWHEEL_ENGINE: engine,
    TF_HTTP_USERNAME: server.user,
    TF_HTTP_PASSWORD: server.password,
    FLYWHEEL_SECRET_ARC_RUNNERS__ghcr_token: "mine",
    FLYWHEEL_SECRET_ATTIC__ghcr_token: "not mine",
  };
  const result = spawnSync(process.execPath, [join(repositoryRoot, "bin", "engine"), ...args], {
    cwd,
    env,
    encoding: "utf8",
  });
  return { status: result.status, stderr: result.stderr, calls: existsSync(calls) ? readFileSync(calls, "utf8") : "" };
}

it("does not run apply where the state cannot be read", () => {
  configure("http://127.0.0.1:9/state/{stack}-{env}");
  const result = runGuard(["apply", "-auto-approve"]);
  expect(result.status).toBe(1);
  expect(result.calls).toBe("");
  expect(result.stderr).toContain("apply was not run: flywheel check arc-runners failed");
});

it("runs apply after a check that holds, with this stack's own secrets and nobody else's", () => {
  configure(`${server.url}/state/{stack}-{env}`);
  const result = runGuard(["apply", "-auto-approve"]);
  expect(result.calls).toBe("apply -auto-approve|mine|0\n");
  expect(result.status).toBe(7);
});

it("does not run apply where somebody froze the state", () => {
  configure(`${server.url}/state/{stack}-{env}`);
  const flywheel = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(repositoryRoot, "bin", "flywheel"), ...args], {
      cwd: project,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        TF_HTTP_USERNAME: server.user,
        TF_HTTP_PASSWORD: server.password,
      },
      encoding: "utf8",
    });
  expect(flywheel("freeze", "arc-runners", "--why", "the store is moved")).toMatchObject({ status: 0 });
  const result = runGuard(["apply", "-auto-approve"]);
  expect([result.status, result.calls]).toEqual([1, ""]);
  expect(result.stderr).toContain("the store is moved");
  expect(flywheel("thaw", "arc-runners")).toMatchObject({ status: 0 });
});

it("guards a stack that is reached by -chdir, and stops at a state that could not be saved", () => {
  configure("http://127.0.0.1:9/state/{stack}-{env}");
  const there = runGuard(["-chdir=cdktf.out/stacks/arc-runners", "apply"], project);
  expect([there.status, there.calls]).toEqual([1, ""]);
  expect(there.stderr).toContain("flywheel check arc-runners failed");
  const link = join(project, "link");
  symlinkSync(stackFolder, link);
  const byLink = runGuard(["-chdir=link", "state", "push", "x"], project);
  expect([byLink.status, byLink.calls]).toEqual([1, ""]);
  expect(byLink.stderr).toContain("flywheel recover arc-runners FILE");

  const errored = join(stackFolder, "errored.tfstate");
  writeFileSync(errored, "{}");
  try {
    for (const command of ["plan", "apply", "state rm a"]) {
      const stopped = runGuard(command.split(" "));
      expect([stopped.status, stopped.calls]).toEqual([1, ""]);
      expect(stopped.stderr).toContain(`flywheel recover arc-runners ${errored}`);
    }
  } finally {
    rmSync(errored);
  }
});

it("refuses a variable that would decide behind the check, and starts init from a clean data folder", () => {
  const data = join(stackFolder, ".terraform");
  mkdirSync(data);
  writeFileSync(join(data, "environment"), "w");
  const refused = runGuard(["plan"], stackFolder, { TF_CLI_ARGS_plan: "-destroy" });
  expect([refused.status, refused.calls]).toEqual([1, ""]);
  expect(refused.stderr).toContain("unset TF_CLI_ARGS_plan");
  runGuard(["init"]);
  expect(existsSync(join(data, "environment"))).toBe(false);
});

it.each(["terraform.tfvars", "x.auto.tfvars", "y.auto.tfvars.json", "cdk_override.tf.json", "more.tf", "cdk.tofu"])(
  "stops at a left %s, which the engine would read beside the program",
  (name) => {
    const file = join(stackFolder, name);
    writeFileSync(file, "");
    try {
      const stopped = runGuard(["plan"]);
      expect([stopped.status, stopped.calls]).toEqual([1, ""]);
      expect(stopped.stderr).toContain(`rm ${file}`);
    } finally {
      rmSync(file);
    }
  },
);

it("lets everything else through unseen", () => {
  configure("http://127.0.0.1:9/state/{stack}-{env}");
  expect(runGuard(["plan", "-input=false"]).calls).toBe("plan -input=false|mine|0\n");
  expect(runGuard(["apply"], project).calls).toContain("apply||");
});
