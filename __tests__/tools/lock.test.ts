import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTemporaryFolder } from "../../lib/files";
import { lockPrograms, withLock } from "../../tools/lock";
import { codeOf } from "../support/code-of";
import { killHard, startChild, untilFileSays } from "./child";

const here = lockPrograms.filter(({ name }) => spawnSync(name, ["--version"]).error === undefined);
const quiet = { purpose: "testing", waiting: () => undefined };

it("one of the programs that can hold a lock is here", () => expect(here).not.toHaveLength(0));

describe.each(here)("held by $name", (program) => {
  const options = { ...quiet, programs: [program] };

  it("kill -9 of the holder frees the lock, and who waits is told what for", async () => {
    await withTemporaryFolder(async (folder) => {
      const [file, held] = [join(folder, "lock"), join(folder, "held")];
      const script = `const { withLock, lockPrograms } = load("tools/lock.ts");
        const programs = lockPrograms.filter(({ name }) => name === ${JSON.stringify(program.name)});
        withLock(${JSON.stringify(file)}, { purpose: "building it", waiting() {}, programs }, () => {
          require("node:fs").writeFileSync(${JSON.stringify(held)}, "yes");
          return new Promise(() => setInterval(() => {}, 1000));
        });`;
      const holder = startChild(script);
      await untilFileSays(held, "yes");
      const told = new Promise<string>((resolve) => {
        const waiting = (what: string) => resolve(what);
        void withLock(file, { ...options, waiting }, () => {
          writeFileSync(held, "mine");
          return Promise.resolve();
        });
      });
      expect(await told).toBe("building it");
      expect(readFileSync(held, "utf8")).toBe("yes");
      await killHard(holder);
      await untilFileSays(held, "mine");
    });
  });

  it("gives it back after work that fails", async () => {
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, "lock");
      await expect(withLock(file, options, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
      expect(await withLock(file, options, () => Promise.resolve("again"))).toBe("again");
    });
  });

  it("refuses a folder that is not there", async () => {
    expect(await codeOf(withLock("/nowhere/lock", options, () => Promise.resolve()))).toBe("lock-failed");
  });
});

it("without such a program, says which ones would do", async () => {
  await withTemporaryFolder(async (folder) => {
    const programs = [{ name: "no-such-program", args: () => [] }];
    const run = withLock(join(folder, "lock"), { ...quiet, programs }, () => Promise.resolve());
    expect(await codeOf(run)).toBe("no-lock-program");
  });
});
