import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { temporaryFolder } from "../../authority/support";
import { findEngine } from "../../support/engines";
import { onTerminal } from "../../support/terminal";
import { loseAtApply, rooms, troubled } from "./room";

jest.setTimeout(6 * 60_000);
const open = rooms();
const engine = findEngine().path;

/** An engine at whose apply the machine of who runs it dies, before it has begun or after it has ended. */
function dying(when: "before" | "after"): string {
  const file = join(temporaryFolder(), "engine");
  const run = when === "after" ? `"${engine}" "$@"; ` : "";
  writeFileSync(
    file,
    `#!/bin/sh\ncase "$*" in apply*flywheel.plan) dies=yes;; esac\nif [ "$dies" = yes ]; then ${run}kill -9 "$PPID"; exit 0; fi\nexec "${engine}" "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe("an apply whose machine dies", () => {
  it("before the engine began: nobody else may apply, and only a person ends it where it may have made something", async () => {
    const { folder, identity, flywheel, other } = await open(engine);
    const bundle = join(folder, "arc.flyplan");
    expect(await flywheel("plan", "arc-runners", "--out", bundle)).toMatchObject({ code: 0 });
    const died = await other({ FLYWHEEL_ENGINE: dying("before") }).flywheel(
      "apply",
      bundle,
      "--identity",
      identity,
      "--auto-approve",
    );
    expect(died.code).toBeNull();
    expect(await flywheel("status", "arc-runners")).toMatchObject({
      stderr: expect.stringMatching(/apply by .* \(attempted\)/),
    });
    expect(await flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is held by .* \(attempted/),
    });
    const held = { code: 1, stderr: expect.stringMatching(/is held by .* \(attempted/) };
    expect(await flywheel("restore", "arc-runners", "--version", "x")).toMatchObject(held);
    const destroy = ["destroy", "arc-runners", "--auto-approve", "--confirm", "arc-runners"];
    expect(await flywheel(...destroy)).toMatchObject(held);
    expect(await flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/stop: the state was not written.*evidence sha256 [0-9a-f]{64}/),
    });
    const accepted = await flywheel(
      "reconcile",
      "arc-runners",
      "--accept",
      "not-changed",
      "--why",
      "looked at the cluster",
    );
    expect(accepted).toMatchObject({ code: 0, stdout: expect.stringMatching(/not changed, accepted by/) });
    expect(await flywheel("apply", bundle, "--identity", identity, "--auto-approve")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/submitted before by .*: not changed/),
    });
  });

  it("after the engine had recorded what it did: reconcile says so and gives the lease back", async () => {
    const { flywheel, other } = await open(engine);
    const died = await other({ FLYWHEEL_ENGINE: dying("after") }).flywheel("apply", "arc-runners", "--auto-approve");
    expect(died.code).toBeNull();
    expect(await flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/recorded: all of it is in the state/),
    });
    expect(await flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nobody holds/),
    });
  });
});

describe("an engine that fails", () => {
  it("before it has begun: the lease is given back, and nothing is to be reconciled", async () => {
    const { flywheel, other } = await open(engine);
    const missing = troubled(engine, `exec "${engine}" apply -input=false -no-color -json missing.plan`);
    expect(await other({ FLYWHEEL_ENGINE: missing }).flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/before it changed anything of arc-runners; the lease is given back/),
    });
    expect(await flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nobody holds the lease/),
    });
  });

  it("or is never started, since somebody stopped the question: the lease is given back", async () => {
    const { clone, flywheel } = await open(engine);
    const { code, said } = await onTerminal({
      command: [process.execPath, join(repositoryRoot, "bin", "flywheel"), "apply", "arc-runners"],
      cwd: clone.folder,
      env: { ...clone.environment, FLYWHEEL_CONFIG_DIR: clone.config },
      at: /Only "yes" does/,
      deed: "signal:SIGTERM",
    });
    expect([code, said]).toEqual([143, expect.stringContaining("the lease of this apply is asked to stop")]);
    expect(await flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nobody holds the lease/),
    });
  });

  it("since its store was lost in the middle: what it saved here is put back, and reconcile says that it is recorded", async () => {
    const { world, clone, flywheel, settings, other } = await open(engine);
    expect(await flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({ code: 0 });
    settings("docker_max_runners: 7\n");
    const machine = other();
    loseAtApply(world.server.pid);
    expect(await machine.flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/in the middle of an apply of arc-runners, and could not save the state/),
    });
    expect(await machine.flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({ code: 1 });

    const { child } = clone.start("serve", "--listen", new URL(world.url).host, "--store", "s3");
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    // The engine could not give its lock back either: from outside it may still be at work.
    const locked = await machine.flywheel("reconcile", "arc-runners");
    expect(locked).toMatchObject({ code: 1, stderr: expect.stringMatching(/flywheel unlock arc-runners/) });
    const [, id = ""] = /flywheel unlock arc-runners (\S+)/.exec(locked.stderr) ?? [];
    expect(await machine.flywheel("unlock", "arc-runners", id)).toMatchObject({ code: 0 });
    expect(await machine.flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/not recorded: [^]*flywheel recover arc-runners/),
    });
    expect(await machine.flywheel("recover", "arc-runners")).toMatchObject({ code: 0 });
    expect(await machine.flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/recorded: /),
    });
  });
});

describe("a freeze", () => {
  it("holds off apply, destroy, restore and cutover, with who and why; broken glass is told until a second person has seen it", async () => {
    const { flywheel, other } = await open(engine);
    expect(await flywheel("freeze", "all", "--why", "the store is moved")).toMatchObject({ code: 0 });
    const refused = { code: 1, stderr: expect.stringMatching(/frozen by .*: the store is moved/) };
    expect(await flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject(refused);
    expect(await flywheel("status", "arc-runners")).toMatchObject({ stderr: refused.stderr });
    expect(await flywheel("restore", "arc-runners", "--version", "x")).toMatchObject(refused);
    const destroy = ["destroy", "arc-runners", "--auto-approve", "--confirm", "arc-runners"];
    expect(await flywheel(...destroy)).toMatchObject(refused);
    expect(
      await flywheel("apply", "arc-runners", "--auto-approve", "--break-glass", "freeze", "--why", "the disk is full"),
    ).toMatchObject({ code: 0 });
    expect(await flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject(refused);
    expect(await flywheel("status", "arc-runners")).toMatchObject({
      stderr: expect.stringMatching(/without freeze: the disk is full/),
    });
    expect(await flywheel("acknowledge", "arc-runners", "--why", "seen")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/that is you/),
    });
    expect(await flywheel("thaw", "all")).toMatchObject({ code: 0, stdout: expect.stringMatching(/thawed/) });
    // Without keys of the bucket all of it is reached through the server.
    expect(
      await other({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }).flywheel("freeze", "arc-runners", "--why", "x"),
    ).toMatchObject({ code: 0 });
  });
});
