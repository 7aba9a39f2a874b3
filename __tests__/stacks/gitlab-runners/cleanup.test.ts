import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { runnerCleanupScript } from "../../../lib/constructs/scripts/runner-cleanup";

const script = runnerCleanupScript({ namespace: "ci", stuckAfter: 300, succeededAfter: 600, failedAfter: 1800 });
const now = Date.UTC(2026, 2, 1, 0, 4, 9) / 1000;
const shells = ["dash", "bash"].filter((shell) => spawnSync(shell, ["-c", ":"]).status === 0);

/** A kubectl that lists the file `pods`, and writes each deletion down unless the pod's name has "refused" in it. */
const fakeKubectl = `#!/bin/sh
folder=$(dirname "$0")
case $1 in
  get) [ -f "$folder/pods" ] && cat "$folder/pods" || { echo "Unable to connect to the server" >&2; exit 1; } ;;
  delete) case $3 in *refused*) echo "forbidden" >&2; exit 1 ;; *) echo "$*" >>"$folder/deleted"; echo "pod deleted" ;; esac ;;
esac
`;

describe.each(shells)("the cleanup script in %s", (shell) => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "runner-cleanup-"));
    writeFileSync(join(folder, "kubectl"), fakeKubectl, { mode: 0o755 });
    writeFileSync(join(folder, "date"), `#!/bin/sh\n[ "$1" = +%s ] && echo ${now}\n`, { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ago = (seconds: number) => new Date((now - seconds) * 1000).toISOString().replace(".000Z", "Z");
  const run = (pods: readonly string[] | undefined) => {
    if (pods !== undefined) writeFileSync(join(folder, "pods"), pods.map((line) => `${line}\n`).join(""));
    // A home of its own: bash reads ~/.bashrc where its input is a socket, as Node gives it.
    const { status, stdout, stderr } = spawnSync(shell, ["-c", script], {
      encoding: "utf8",
      env: { HOME: folder, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
    const deletions = existsSync(join(folder, "deleted"))
      ? readFileSync(join(folder, "deleted"), "utf8").trimEnd().split("\n")
      : [];
    return { status, stdout, stderr, deletions };
  };

  it("forces out what is stuck in deletion, in whatever phase, and leaves what may still end by itself", () => {
    const { status, stdout, stderr, deletions } = run([
      `stuck   Running     ${ago(90_000)}   ${ago(301)}`,
      `ended   Succeeded   ${ago(90_000)}   ${ago(4000)}`,
      `ending  Succeeded   ${ago(90_000)}   ${ago(300)}`,
      `grace   Running     ${ago(90_000)}   ${ago(-30)}`,
    ]);
    expect(stdout.split("\n")).toEqual([
      "stuck: deleted (stuck in deletion, 301 s)",
      "ended: deleted (stuck in deletion, 4000 s)",
      "runner-cleanup: 4 pods in ci, 2 deleted, 0 not deleted",
      "",
    ]);
    expect(deletions.map((line) => line.split(" ").slice(0, 3))).toEqual([
      ["delete", "pod", "stuck"],
      ["delete", "pod", "ended"],
    ]);
    expect(
      deletions.every((line) => line.includes("--namespace ci") && line.includes("--force --grace-period=0")),
    ).toBe(true);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("deletes old succeeded and failed pods without force, and no others", () => {
    const { stdout, deletions } = run([
      `done       Succeeded  ${ago(601)}     <none>`,
      `done-young Succeeded  ${ago(600)}     <none>`,
      `bad        Failed     ${ago(1801)}    <none>`,
      `bad-young  Failed     ${ago(1800)}    <none>`,
      `busy       Running    ${ago(900_000)} <none>`,
      `waiting    Pending    ${ago(900_000)} <none>`,
      `lost       Unknown    ${ago(900_000)} <none>`,
    ]);
    expect(stdout.split("\n").slice(0, -1)).toEqual([
      "done: deleted (succeeded, 601 s)",
      "bad: deleted (failed, 1801 s)",
      "runner-cleanup: 7 pods in ci, 2 deleted, 0 not deleted",
    ]);
    expect(deletions.filter((line) => line.includes("--force"))).toEqual([]);
  });

  it("says so where there is nothing to do", () => {
    expect(run([])).toEqual({
      status: 0,
      stdout: "runner-cleanup: 0 pods in ci, 0 deleted, 0 not deleted\n",
      stderr: "",
      deletions: [],
    });
  });

  it("fails where the API does not answer, and deletes nothing", () => {
    const { status, stdout, stderr } = run(undefined);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("Unable to connect to the server");
    expect(stderr).toContain("cannot list the pods of ci");
  });

  it("tries every pod and fails where one deletion is refused", () => {
    const { status, stdout, stderr, deletions } = run([
      `refused Failed ${ago(9000)} <none>`,
      `next Failed ${ago(9000)} <none>`,
    ]);
    expect(status).toBe(1);
    expect(stderr).toBe("refused: not deleted (failed, 9000 s): forbidden\n");
    expect(stdout).toContain("2 pods in ci, 1 deleted, 1 not deleted");
    expect(deletions).toHaveLength(1);
  });

  it("reads every time as the API writes it", () => {
    const times = fc.sample(
      fc.date({ min: new Date("1970-01-01"), max: new Date("2099-12-31"), noInvalidDate: true }),
      { numRuns: 300, seed: 4 },
    );
    const edges = ["1970-01-01", "2000-02-29", "2024-02-29", "2026-08-09", "2026-09-08", "2027-03-01"].map(
      (day) => new Date(day),
    );
    const dates = [...times, ...edges].map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));
    const calls = dates.map((date) => `seconds ${date.toISOString().replace(".000Z", "Z")}`);
    const definition = script.slice(script.indexOf("seconds() ("), script.indexOf("now=$(date"));
    const { stdout } = spawnSync(shell, ["-c", [definition, ...calls].join("\n")], { encoding: "utf8" });
    expect(stdout.trim().split("\n").map(Number)).toEqual(dates.map((date) => date.getTime() / 1000));
  });
});

it("keeps clear of what Kubernetes would expand in a command", () => {
  expect(script).not.toMatch(/\$\$|\$\([A-Za-z_.-]+\)/);
});
