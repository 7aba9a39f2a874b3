import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitmentOf } from "../../../lib/config/uncommitted";
import { temporaryFolder } from "./support";

/** A repository with a committed ledger in a folder of it. */
function repository(): { root: string; file: string; git: (...args: readonly string[]) => string } {
  const root = temporaryFolder();
  const config = join(root, "config");
  mkdirSync(config);
  const file = join(config, "state-ledger.yaml");
  writeFileSync(file, "states: []\n");
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=ann", "-c", "user.email=ann@example.org", ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "as reviewed");
  return { root, file, git };
}

const kept = { ...process.env };
afterEach(() => {
  process.env = { ...kept };
});

const change = (file: string) => writeFileSync(file, "states: [] # mine\n");

it("tells committed, changed, staged, removed and never committed apart", () => {
  const { root, file, git } = repository();
  expect(commitmentOf(file)).toBe("committed");
  change(file);
  expect(commitmentOf(file)).toBe("uncommitted");
  git("add", ".");
  expect(commitmentOf(file)).toBe("uncommitted");
  git("commit", "-qm", "mine");
  expect(commitmentOf(file)).toBe("committed");
  rmSync(file);
  expect(commitmentOf(file)).toBe("uncommitted");
  expect(commitmentOf(join(root, "never-there.yaml"))).toBe("committed");
  const fresh = temporaryFolder();
  writeFileSync(join(fresh, "l.yaml"), "");
  expect(commitmentOf(join(fresh, "l.yaml"))).toBe("no repository");
  execFileSync("git", ["init", "-q"], { cwd: fresh });
  expect(commitmentOf(join(fresh, "l.yaml"))).toBe("uncommitted");
});

it("takes line ends that git itself changes for no difference", () => {
  const { root, file, git } = repository();
  writeFileSync(join(root, ".gitattributes"), "*.yaml text eol=crlf\n");
  git("add", ".");
  git("commit", "-qm", "line ends");
  writeFileSync(file, "states: []\r\n");
  expect(commitmentOf(file)).toBe("committed");
});

describe("no way past it:", () => {
  it("GIT_DIR of another repository", () => {
    const other = repository();
    const { file } = repository();
    change(file);
    process.env["GIT_DIR"] = join(other.root, ".git");
    process.env["GIT_WORK_TREE"] = other.root;
    expect(commitmentOf(file)).toBe("uncommitted");
    expect(commitmentOf(other.file)).toBe("committed");
  });

  it.each(["--assume-unchanged", "--skip-worktree"])("update-index %s", (flag) => {
    const { file, git } = repository();
    git("update-index", flag, "config/state-ledger.yaml");
    change(file);
    expect(git("status", "--porcelain")).toBe("");
    expect(commitmentOf(file)).toBe("uncommitted");
  });

  it("status.showUntrackedFiles=no, and an ignored ledger", () => {
    const { root, git } = repository();
    git("config", "status.showUntrackedFiles", "no");
    writeFileSync(join(root, "new.yaml"), "states: []\n");
    expect(commitmentOf(join(root, "new.yaml"))).toBe("uncommitted");
    writeFileSync(join(root, ".gitignore"), "*.yaml\n");
    expect(git("status", "--porcelain")).toBe("");
    expect(commitmentOf(join(root, "new.yaml"))).toBe("uncommitted");
  });

  it("a link to a ledger elsewhere", () => {
    const { root, file, git } = repository();
    const elsewhere = repository();
    change(elsewhere.file);
    renameSync(file, join(root, "was.yaml"));
    symlinkSync(elsewhere.file, file);
    git("add", ".");
    git("commit", "-qm", "a link");
    expect(commitmentOf(file)).toBe("uncommitted");
  });

  it("no git", () => {
    const { file } = repository();
    process.env["PATH"] = temporaryFolder();
    expect(commitmentOf(file)).toEqual({ unknown: "there is no git on PATH" });
  });

  it("a repository that git does not trust, since another user owns it", () => {
    const { file } = repository();
    const folder = temporaryFolder();
    const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    // Git's own switch for this very case.
    writeFileSync(
      join(folder, "git"),
      `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null exec ${real} "$@"\n`,
    );
    chmodSync(join(folder, "git"), 0o755);
    process.env["PATH"] = `${folder}:${process.env["PATH"] ?? ""}`;
    expect(commitmentOf(file)).toEqual({ unknown: expect.stringMatching(/dubious ownership/) });
  });
});
