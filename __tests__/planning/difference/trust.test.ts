import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planComparison } from "../../../planning/difference/comparison-plan";
import { changedFiles, commitOf } from "../../../planning/difference/git";
import { configurationOnly } from "../../../planning/difference/trust";
import { withWorktree } from "../../../planning/difference/worktree";
import { UserError } from "../../../lib/errors";

let root: string;
const git = (folder: string, ...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: folder,
    encoding: "utf8",
  });

function repository(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  git(folder, "init", "-q", "-b", "main");
  git(folder, "add", "-A");
  git(folder, "commit", "-qm", "base");
  return folder;
}

beforeEach(() => (root = realpathSync(mkdtempSync(join(tmpdir(), "flywheel-trust-")))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const program = () =>
  repository("program", { "config/organization.yaml": "a: 1\n", "lib/a.ts": "export {};\n", "bin/flywheel": "" });
const decided = (folder: string, checkout: string, programBase?: string) =>
  planComparison({ base: "main", folder, ...(programBase === undefined ? {} : { programBase }) }, checkout);

test("configuration only: the base's program answers for both sides", () => {
  const folder = program();
  writeFileSync(join(folder, "config/organization.yaml"), "a: 2\n");
  writeFileSync(join(folder, "config/new.yaml"), "");
  expect(decided(join(folder, "config"), folder)).toMatchObject({
    configuration: "config",
    computedBy: { by: "base", ref: "main" },
    worktrees: { program: { repository: folder } },
  });
});

test.each([
  ["a changed file", (folder: string) => writeFileSync(join(folder, "lib/a.ts"), "export const a = 1;\n")],
  ["a file that git does not know yet", (folder: string) => writeFileSync(join(folder, "lib/b.ts"), "")],
  [
    "a file moved into the configuration",
    (folder: string) => renameSync(join(folder, "lib/a.ts"), join(folder, "config/a.yaml")),
  ],
  [
    "a configuration that became a link",
    (folder: string) => {
      cpSync(join(folder, "config"), join(folder, "lib/config"), { recursive: true });
      rmSync(join(folder, "config"), { recursive: true });
      symlinkSync("lib/config", join(folder, "config"));
    },
  ],
])("the change's own code: %s", (_name, change) => {
  const folder = program();
  change(folder);
  expect(decided(join(folder, "config"), folder).computedBy).toEqual({ by: "change" });
});

test("a folder that holds the program is not configuration only", () => {
  const folder = program();
  writeFileSync(join(folder, "lib/a.ts"), "");
  expect(decided(folder, folder).computedBy).toEqual({ by: "change" });
  expect(configurationOnly(["a.ts"], "")).toBe(false);
  expect(configurationOnly(["a.ts"], ".")).toBe(false);
  expect(configurationOnly(["../x/a"], "../x")).toBe(false);
});

test("a configuration in another repository: its own base, and this program for both sides unless told otherwise", () => {
  const own = program();
  const other = repository("overlay", { "flywheel/organization.yaml": "a: 1\n" });
  const plan = decided(join(other, "flywheel"), own);
  expect(plan).toMatchObject({
    configuration: "flywheel",
    computedBy: { by: "program" },
    worktrees: { configuration: { repository: other } },
  });
  expect(plan.worktrees.program).toBeUndefined();
  expect(decided(join(other, "flywheel"), own, "main")).toMatchObject({
    computedBy: { by: "base", ref: "main" },
    worktrees: { program: { repository: own } },
  });
  writeFileSync(join(own, "lib/a.ts"), "// changed\n");
  expect(decided(join(other, "flywheel"), own, "main").computedBy).toEqual({ by: "change" });
});

test("what cannot be compared is refused by name", () => {
  const folder = program();
  const codes = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (error instanceof UserError) return error.problems.map(({ code }) => code);
    }
    return [];
  };
  expect(codes(() => commitOf(folder, "nowhere"))).toEqual(["unknown-ref"]);
  expect(codes(() => commitOf(folder, "--all"))).toEqual(["unknown-ref"]);
  expect(codes(() => decided(join(folder, "none"), folder))).toEqual(["no-configuration"]);
  expect(codes(() => decided(root, folder))).toEqual(["no-repository"]);
  expect(codes(() => decided(join(folder, "config"), folder, "main"))).toEqual(["usage"]);
});

test("a base that went on is told", () => {
  const folder = program();
  git(folder, "checkout", "-qb", "work");
  git(folder, "checkout", "-q", "main");
  git(folder, "commit", "-qm", "later", "--allow-empty");
  git(folder, "checkout", "-q", "work");
  expect(decided(join(folder, "config"), folder).remarks).toEqual([
    expect.stringContaining("main has 1 commit that this checkout lacks"),
  ]);
});

test("changed files have their own names, whatever those are", () => {
  const folder = program();
  writeFileSync(join(folder, 'lib/ü "x"\n.ts'), "");
  expect(changedFiles(folder, "main")).toEqual(['lib/ü "x"\n.ts']);
});

test("a worktree is gone afterwards, from the disk and from git, and no hook has run", async () => {
  const folder = program();
  writeFileSync(join(folder, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${join(root, "hook-ran")}\n`, {
    mode: 0o755,
  });
  const place = join(root, "worktree");
  await expect(
    withWorktree(folder, commitOf(folder, "main"), place, () => Promise.reject(new Error("inside"))),
  ).rejects.toThrow("inside");
  expect(git(folder, "worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(() => realpathSync(place)).toThrow();
  expect(() => realpathSync(join(root, "hook-ran"))).toThrow();
});
