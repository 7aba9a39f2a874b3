import { spawnSync } from "node:child_process";
import { lstatSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { temporaryFolder } from "../authority/support";

function installInto(folder: string) {
  const env = { ...process.env, FLYWHEEL_BIN: folder };
  return spawnSync(process.execPath, [join(repositoryRoot, "bin", "install-cli.cjs")], { encoding: "utf8", env });
}

describe("make install-cli", () => {
  it("puts this clone's flywheel there, and takes the place of an earlier clone's", () => {
    const folder = temporaryFolder();
    symlinkSync("/an/old/clone/bin/flywheel", join(folder, "flywheel"));
    expect(installInto(folder)).toMatchObject({ status: 0, stdout: expect.stringContaining("Next: flywheel preview") });
    expect(readlinkSync(join(folder, "flywheel"))).toBe(join(repositoryRoot, "bin", "flywheel"));
    const { stdout } = spawnSync(join(folder, "flywheel"), ["--version"], { encoding: "utf8" });
    expect(stdout).toMatch(/^flywheel \d+\.\d+\.\d+\n$/);
  });

  it("leaves what is somebody else's", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "flywheel"), "#!/bin/sh\n");
    expect(installInto(folder)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("another program has this name"),
    });
    expect(lstatSync(join(folder, "flywheel")).isSymbolicLink()).toBe(false);
  });
});

describe.each(["bash", "zsh", "fish"])("flywheel completion %s", (shell) => {
  it("names every command that help names", () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(repositoryRoot, "bin", "flywheel"), ...args], { encoding: "utf8" }).stdout;
    const commands = [...run("--help").matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => String(name));
    const words = run("completion", shell).split(/[^a-z-]+/);
    expect(commands.filter((name) => !words.includes(name))).toEqual([]);
  });
});
