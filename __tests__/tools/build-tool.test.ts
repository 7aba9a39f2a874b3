import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { withTemporaryFolder } from "../../lib/files";
import { repositoryRoot } from "../../lib/root";
import { buildTool } from "../../tools/build-tool";
import { clusterTools, minio, openTofu, porcupine, testTools, zizmor } from "../../tools/catalogue";
import { lockPrograms } from "../../tools/lock";
import { builtTool, folderOf } from "../../tools/tool";
import { codeOf } from "../support/code-of";
import { killHard, startChild, untilFileSays } from "./child";

/** Calls `work` with a folder for tools that is empty, and the given environment. */
async function withEmptyTools(work: (folder: string) => Promise<void>, env: NodeJS.ProcessEnv = {}): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const changes: NodeJS.ProcessEnv = { FLYWHEEL_TOOLS: join(folder, "tools"), ...env };
    const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, changes);
    try {
      await work(folder);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });
}

/** A process that makes a small tool, writes each step to `log`, and ends its making when the file `gate` is there. */
function maker(folder: string): ReturnType<typeof startChild> {
  const script = `const fs = require("node:fs"), path = require("node:path");
    const [log, gate] = ["log", "gate"].map((name) => path.join(${JSON.stringify(folder)}, name));
    const tool = {
      name: "zizmor", program: "small", minutes: 1, sources: ["requirements.txt"], options: "small",
      async make(work) {
        fs.appendFileSync(log, "begun ");
        fs.mkdirSync(path.join(work, "out"));
        fs.writeFileSync(path.join(work, "out", "small"), "whole");
        while (!fs.existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
        fs.appendFileSync(log, "made ");
      },
    };
    load("tools/build-tool.ts").buildTool(tool, () => {}).then((file) => fs.appendFileSync(log, fs.readFileSync(file) + " "));`;
  return startChild(script);
}

it("is made once by several processes at a time, and again where the one that made it was killed", async () => {
  await withEmptyTools(async (folder) => {
    const log = join(folder, "log");
    const first = maker(folder);
    await untilFileSays(log, "begun");
    const others = [maker(folder), maker(folder), maker(folder)];
    const ended = others.map((child) => once(child, "exit"));
    await killHard(first);
    await untilFileSays(log, "begun begun");
    writeFileSync(join(folder, "gate"), "");
    expect((await Promise.all(ended)).map(([code]) => code as unknown)).toEqual([0, 0, 0]);
    expect(readFileSync(log, "utf8")).toBe("begun begun made whole whole whole ");
    // The killed one's half-made folder went with the next one's.
    expect(
      readdirSync(join(folder, "tools"))
        .map((name) => name.replace(/[0-9a-f]{16}/, "HASH"))
        .sort(),
    ).toEqual([".zizmor-HASH.lock", "zizmor-HASH"]);
  });
});

it.each([...testTools, openTofu, ...clusterTools].map((tool) => [tool.name, tool.target ?? "tools", tool] as const))(
  "whoever needs %s and must not build is sent to make %s",
  async (_name, target, tool) => {
    await withEmptyTools(async () => {
      expect(await codeOf((async () => builtTool(tool))())).toBe("tool-missing");
      expect(() => builtTool(tool)).toThrow(`Run: make ${target}`);
    });
  },
);

/** Links in `bin` to those of these programs that are on PATH. */
function linkPrograms(bin: string, names: readonly string[]): void {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) symlinkSync(found, join(bin, name));
  }
}

it.each([
  [minio, "no-go"],
  [porcupine, "no-go"],
  [zizmor, "no-python"],
] as const)(
  "without the compiler or Python that it takes, one clear refusal, and nothing is left",
  async (tool, code) => {
    await withTemporaryFolder(async (bin) => {
      // A PATH with nothing but what holds the lock.
      linkPrograms(bin, [...lockPrograms.map(({ name }) => name), "sh", "cat"]);
      await withEmptyTools(
        async () => {
          expect(await codeOf(buildTool(tool, () => undefined))).toBe(code);
          expect(existsSync(folderOf(tool))).toBe(false);
        },
        { PATH: bin },
      );
    });
  },
);

it("no test, and nothing that tests start, builds a tool: only make tools, make engine and the demo do", () => {
  const builders = [
    // Recording schemas needs an engine: `make schemas`.
    "ci/schemas/main.ts",
    "tools/engine-path.ts",
    "tools/engine.ts",
    "tools/main.ts",
    "lab/demo/main.ts",
    "lab/demo/state-place.ts",
  ];
  const folders = ["__tests__", "bench", "ci", "cli", "lab", "planning", "tools"];
  const files = folders.flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  );
  const building = files.filter((file) =>
    /^import .*\b(?:buildTool|engineOrBuild)\b/m.test(readFileSync(join(repositoryRoot, file), "utf8")),
  );
  expect(building.sort()).toEqual([...builders, "__tests__/tools/build-tool.test.ts"].sort());
});
