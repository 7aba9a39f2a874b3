import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StoreConflict, StoreUnavailable } from "../../../authority/stores/object-store";
import { FileStore } from "../../../authority/stores/file";
import { versionsFolder } from "../../../authority/stores/file-layout";
import { startHelper } from "../programs";
import { temporaryFolder } from "../support";

const text = (value: string): Buffer => Buffer.from(value);

describe("several processes", () => {
  it("have exactly one winner of each create and lose no replace", async () => {
    const folder = temporaryFolder();
    const rounds = 40;
    const racers = Array.from({ length: 4 }, () => startHelper("racer", folder, String(rounds)));
    for (const racer of racers) expect((await racer.lines.next()).value).toBe("ready");
    for (const racer of racers) racer.child.stdin?.write("go\n");
    const won = await Promise.all(racers.map(async (racer) => Number((await racer.lines.next()).value)));
    expect(await Promise.all(racers.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
    expect(won.reduce((sum, count) => sum + count, 0)).toBe(rounds);

    const store = await FileStore.open(folder);
    expect((await store.read("counter"))?.bytes.toString()).toBe(String(4 * rounds));
    expect(await store.history("counter")).toHaveLength(4 * rounds);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  it("that make the store at the same time make the same one", async () => {
    const folder = join(temporaryFolder(), "new");
    const [one, two] = await Promise.all([FileStore.open(folder), FileStore.open(folder)]);
    await one.create("k", text("v"));
    expect((await two.read("k"))?.bytes.toString()).toBe("v");
  });
});

describe("a writer that is killed", () => {
  it("leaves a complete version, none it had confirmed is lost, and the next write works", async () => {
    const folder = temporaryFolder();
    const store = await FileStore.open(folder);
    for (let kill = 0; kill < 8; kill += 1) {
      const writer = startHelper("writer", folder);
      let confirmed = 0;
      const stopAfter = 1 + Math.floor(Math.random() * 25);
      for (let seen = 0; seen < stopAfter; seen += 1) confirmed = Number((await writer.lines.next()).value);
      // Without this the kill would always follow a confirmation; so it falls anywhere in the next write.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      writer.child.kill("SIGKILL");
      await writer.exited;
      for await (const line of writer.lines) confirmed = Number(line);

      const current = await store.read("state");
      if (!current) throw new Error("the state is gone");
      const { number, filler } = JSON.parse(current.bytes.toString());
      expect(number).toBeGreaterThanOrEqual(confirmed);
      expect(filler).toHaveLength((number * 7919) % 300_000);
      expect(await store.history("state")).toHaveLength(number);
      await store.replace("state", text(JSON.stringify({ number: number + 1 })), current.version);
    }
  });
});

describe("an outage is never an empty store", () => {
  async function opened(): Promise<{ folder: string; store: FileStore }> {
    const folder = join(temporaryFolder(), "store");
    const store = await FileStore.open(folder);
    await store.create("attic/terraform.tfstate", text("state"));
    return { folder, store };
  }

  it("where the folder is gone", async () => {
    const { folder, store } = await opened();
    renameSync(folder, `${folder}.unmounted`);
    await expect(store.read("attic/terraform.tfstate")).rejects.toThrow(StoreUnavailable);
    await expect(store.create("new", text("x"))).rejects.toThrow(StoreUnavailable);
    expect(existsSync(folder)).toBe(false);
  });

  it("where another store took the folder's place", async () => {
    const { folder, store } = await opened();
    renameSync(folder, `${folder}.old`);
    await FileStore.open(folder);
    await expect(store.read("attic/terraform.tfstate")).rejects.toThrow(/not the store that was opened/);
  });

  it("where the identity was removed: it is not made anew over objects", async () => {
    const { folder } = await opened();
    rmSync(join(folder, "flywheel-store.json"));
    await expect(FileStore.open(folder)).rejects.toThrow(/missing; put it back/);
  });

  it("where a version was damaged", async () => {
    const { folder, store } = await opened();
    appendFileSync(join(versionsFolder(folder, "attic/terraform.tfstate"), "1"), "!");
    await expect(store.read("attic/terraform.tfstate")).rejects.toThrow(/a version is damaged/);
  });

  it("where the folder is a file", async () => {
    const path = join(temporaryFolder(), "file");
    writeFileSync(path, "");
    await expect(FileStore.open(path)).rejects.toThrow(StoreUnavailable);
  });
});

describe("the files", () => {
  it("hold the bytes after one line, so that any tool gets them out", async () => {
    const folder = temporaryFolder();
    const store = await FileStore.open(folder);
    await store.create("attic/terraform.tfstate", text("line 1\nline 2\n"), { writer: "ann" });
    const [header = "", ...rest] = readFileSync(join(folder, "objects/attic/terraform.tfstate/@/1"), "utf8").split(
      "\n",
    );
    expect(JSON.parse(header)).toMatchObject({ size: 14, removed: false, writer: "ann" });
    expect(rest.join("\n")).toBe("line 1\nline 2\n");
  });

  it("stay inside the folder, whatever the key", () => {
    for (const key of ["../../etc/passwd", "..", "/etc", "a/../../b", "C:\\x", "nul\0byte", "A"]) {
      const path = versionsFolder("/root", key);
      expect(path).toMatch(/^\/root\/objects\/[a-z0-9%_./-]+\/@$/);
      expect(path.split("/")).not.toContain("..");
    }
  });
});

describe("locks", () => {
  const key = "attic/terraform.tfstate.tflock";

  it("do not pile up: old versions of a lock are given up, those of a state are kept", async () => {
    const folder = temporaryFolder();
    const store = await FileStore.open(folder);
    for (let round = 0; round < 150; round += 1) await store.remove(key, await store.create(key, text(String(round))));
    const files = readdirSync(versionsFolder(folder, key));
    expect(files.length).toBeLessThan(64 + 64 + 2);
    expect(files.filter((name) => name.startsWith("pruned-"))).toHaveLength(1);
    expect(files).toContain("300");
    expect(await store.read(key)).toBeUndefined();
  });

  it("are not taken by a writer that slept through a pruning between its look and its link", async () => {
    const folder = temporaryFolder();
    const store = await FileStore.open(folder);
    const version = await store.replace(key, text("2"), await store.create(key, text("1")));
    const versions = versionsFolder(folder, key);
    const sleeper = await FileStore.open(folder, {
      clock: {
        now: () => new Date(),
        uniqueId: () => {
          // Meanwhile others have gone on to version 80 and given up all before it: the name 3 is free.
          renameSync(join(versions, "2"), join(versions, "80"));
          rmSync(join(versions, "1"));
          writeFileSync(join(versions, "pruned-79"), "");
          return "sleeper";
        },
      },
    });
    await expect(sleeper.replace(key, text("late"), version)).rejects.toThrow(StoreConflict);
    expect(readdirSync(versions).sort()).toEqual(["80", "pruned-79"]);
    expect((await store.read(key))?.version).toBe("80");
  });
});

it("passes over foreign names in its folders", async () => {
  const folder = temporaryFolder();
  const store = await FileStore.open(folder);
  await store.create("k", text("v"));
  mkdirSync(join(versionsFolder(folder, "k"), "lost+found"));
  writeFileSync(join(versionsFolder(folder, "k"), "7~"), "");
  expect((await store.read("k"))?.version).toBe("1");
});
