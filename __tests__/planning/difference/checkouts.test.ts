import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findEngine } from "../../support/engines";
import { Checkout } from "./checkout";

jest.setTimeout(300_000);

let checkout: Checkout;
beforeAll(() => (checkout = Checkout.create()));
beforeEach(() => checkout.restore());
afterAll(() => checkout.remove());

const dev = "config/environments/dev/arc-runners.yaml";

/** A base that is not this program: what `change` makes of it is committed as `older`. */
function older(change: () => void): void {
  checkout.git("checkout", "-q", "-B", "older");
  change();
  checkout.commit("older");
  checkout.git("checkout", "-q", "main");
}

test("a configuration in another repository is compared with its own base, by this program", async () => {
  const overlay = join(checkout.folder, ".git", "overlay");
  const git = (...args: readonly string[]) => checkout.git("-C", overlay, ...args);
  mkdirSync(overlay, { recursive: true });
  cpSync(join(checkout.folder, "config"), join(overlay, "settings"), { recursive: true });
  git("init", "-q", "-b", "trunk");
  git("add", "-A");
  git("commit", "-qm", "base");
  checkout.edit(".git/overlay/settings/environments/dev/arc-runners.yaml", (text) =>
    text.replace("nix_max_runners: 3", "nix_max_runners: 7"),
  );
  const env = { FLYWHEEL_CONFIG_DIR: join(overlay, "settings") };
  const { code, stdout, stderr } = await checkout.flywheel(["preview", "arc-runners", "--base", "trunk"], env);
  expect([code, stderr.includes("cannot")]).toEqual([0, false]);
  expect(stdout).toContain('set[maxRunners].value: "3" -> "7"');
  expect(stdout).toContain("computed by this program's code");
  const withProgram = await checkout.flywheel(
    ["preview", "arc-runners", "--base", "trunk", "--program-base", "main", "--json"],
    env,
  );
  expect(JSON.parse(withProgram.stdout)).toMatchObject({
    computed_by: { text: "computed by main's code" },
    stacks: [{ id: "arc-runners", summary: { change: 1 } }],
  });
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
});

test("a base with another lock file gets its own packages, without their scripts", async () => {
  older(() => checkout.edit("package-lock.json", (text) => `${text}\n`));
  const bin = join(checkout.folder, ".git", "bin");
  const log = join(checkout.folder, ".git", "npm.log");
  checkout.write(
    ".git/bin/npm",
    `#!/bin/sh\necho "$@" > ${log}\npwd >> ${log}\nmkdir node_modules && for f in ${checkout.folder}/node_modules/*; do ln -s "$f" node_modules/; done\n`,
  );
  chmodSync(join(bin, "npm"), 0o755);
  const { code, stdout, stderr } = await checkout.flywheel(["preview", "--base", "older", "arc-runners"], {
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
  });
  expect([code, stdout.split("\n")[1]]).toEqual([0, "nothing changes in 1 stack"]);
  expect(stderr).toContain("npm ci --ignore-scripts");
  const [args, place = ""] = readFileSync(log, "utf8").split("\n");
  expect(args).toMatch(/^ci --ignore-scripts /);
  expect(existsSync(place)).toBe(false);
});

test.each([
  ["has no command", () => rmSync(join(checkout.folder, "bin/flywheel"))],
  [
    "knows no --out",
    () =>
      checkout.edit("cli/groups/every-day.ts", (text) =>
        text.replace(/\.option\("--out <dir>", "write each plan.*\n/, "\n"),
      ),
  ],
])("a base that %s is refused in one error", async (_name, change) => {
  older(change);
  checkout.edit("lib/errors.ts", (text) => `${text}\n`);
  const { code, stdout } = await checkout.flywheel(["preview", "--base", "older", "--json", "arc-runners"]);
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as { problems: { code: string }[] }).problems.map((problem) => problem.code)).toEqual([
    "base-too-old",
  ]);
});

test("a base that cannot be planned is told with its own reasons", async () => {
  older(() => checkout.edit(dev, (text) => text.replace("nix_max_runners", "nix_max_runnerz")));
  const { code, stderr } = await checkout.flywheel(["preview", "--base", "older", "arc-runners"]);
  expect(code).toBe(1);
  expect(stderr).toContain("older cannot be previewed");
  expect(stderr).toMatch(/config\/environments\/dev\/arc-runners\.yaml:\d+: unknown setting "nix_max_runnerz"/);
});

test("the base is planned with the base's own recorded schemas", async () => {
  // The words of a refusal that only the base's file can give.
  older(() => rmSync(join(checkout.folder, "planning/schemas/helm-2.17.0.json")));
  const { code, stderr } = await checkout.flywheel(["preview", "--base", "older", "arc-runners"]);
  expect(code).toBe(1);
  expect(stderr).toContain("older cannot be previewed");
});

test("what both programs synthesize alike is not planned, and collisions are told all the same", async () => {
  checkout.edit("lib/constructs/cluster.ts", (text) => `${text}// nothing\n`);
  checkout.edit("config/environments/dev/runner-dashboard.yaml", (text) =>
    text.replace("name: runner-dashboard-dev", "name: runner-dashboard"),
  );
  const { code, stdout, stderr } = await checkout.flywheel(["preview", "--base", "main", "--json"]);
  const { stacks, collisions, computed_by } = JSON.parse(stdout) as {
    computed_by: unknown;
    stacks: { id: string; status: string; placeholders: string[]; state: object }[];
    collisions: { code: string }[];
  };
  expect(code).toBe(1);
  expect(collisions.map((problem) => problem.code)).toContain("collision");
  expect(computed_by).toMatchObject({ by: "change" });
  const ids = ["attic", "arc-runners", "gitlab-runners", "runner-dashboard"].flatMap((id) => [id, `${id}-prod`]);
  expect(stacks.map(({ id }) => id).sort()).toEqual(ids.sort());
  expect(stacks.filter(({ status }) => status !== "unchanged").map(({ id }) => id)).toEqual(["runner-dashboard"]);
  expect(stderr.match(/^.*: planning .*$/gm)).toEqual([
    "main: planning runner-dashboard",
    "head: planning runner-dashboard",
  ]);
  expect(stacks.find(({ id }) => id === "attic")).toMatchObject({
    placeholders: ["ghcr_token"],
    state: { before: { backend: "http" }, after: { backend: "http" }, moves: false },
  });
});

test("a base that cannot leave out what is alike plans all of it", async () => {
  older(() => checkout.edit("cli/groups/every-day.ts", (text) => text.replace(/.*"--alike <file>".*\n/, "")));
  const { code, stdout, stderr } = await checkout.flywheel(["preview", "--base", "older", "arc-runners"]);
  expect([code, stdout.split("\n")[1]]).toEqual([0, "nothing changes in 1 stack"]);
  expect(stderr).toContain("older: planning arc-runners");
});

test("an interrupt leaves no worktree, no process and no plan behind", async () => {
  checkout.edit("planning/replay/provider.ts", (text) => text.replace("new Uint8Array()", "new Uint8Array(0)"));
  const temporary = join(checkout.folder, ".git", "tmp");
  mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, [join(checkout.folder, "bin/flywheel"), "preview", "--base", "main"], {
    cwd: checkout.folder,
    env: { ...process.env, TMPDIR: temporary, FLYWHEEL_ENGINE: findEngine().path },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  await new Promise<void>((resolve) =>
    child.stderr.on("data", (text: Buffer) => void (text.toString().includes("main: planning") && resolve())),
  );
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(checkout.git("worktree", "list").trim().split("\n")).toHaveLength(1);
  // The base's own process cleans its folder up when it is told to end, which it may still be doing.
  for (let tries = 0; tries < 600 && readdirSync(temporary).length > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readdirSync(temporary)).toEqual([]);
});
