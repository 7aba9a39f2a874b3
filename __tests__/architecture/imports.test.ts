import { circles, importGraph, packagesOf, roomOf } from "./import-graph";

/** Which rooms a room may import. Whoever adds an arrow adds it here and in docs/architecture.md, and says why. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  "lib/text": ["lib"],
  "lib/config": ["lib", "lib/text"],
  "lib/addresses": ["lib", "lib/config", "lib/text"],
  "lib/backend": ["lib", "lib/config", "lib/text"],
  "lib/engine": ["lib", "lib/config", "lib/backend", "lib/text"],
  "lib/constructs": ["lib", "lib/config", "lib/backend", "lib/addresses", "lib/text"],
  stacks: ["lib", "lib/config", "lib/backend", "lib/constructs", "lib/text"],
  "main.ts": ["lib", "lib/config", "lib/backend", "lib/text", "stacks"],
  authority: ["lib", "lib/config", "lib/backend", "lib/addresses", "lib/engine", "lib/text"],
  planning: [
    "authority",
    "lib",
    "lib/config",
    "lib/backend",
    "lib/addresses",
    "lib/engine",
    "lib/text",
    "stacks",
    "tools",
  ],
  tools: ["lib", "lib/engine", "lib/text"],
  cli: [
    "authority",
    "lib",
    "lib/config",
    "lib/backend",
    "lib/addresses",
    "lib/engine",
    "lib/text",
    "planning",
    "stacks",
    "tools",
  ],
  ci: ["lib", "lib/config", "lib/backend", "lib/engine", "lib/text", "planning", "tools"],
};
const mayImportAll = ["lab", "bench"];

const graph = importGraph();

describe("imports", () => {
  it("go along the arrows of the design, and nothing that ships imports what proves it", () => {
    const against = [...graph].flatMap(([file, targets]) => {
      const room = roomOf(file);
      if (mayImportAll.includes(room)) return [];
      return targets
        .filter((target) => roomOf(target) !== room && !(allowed[room] ?? []).includes(roomOf(target)))
        .map((target) => `${file} -> ${target}`);
    });
    expect(against).toEqual([]);
  });

  it("have no circle, type-only ones included", () => {
    expect(circles(graph)).toEqual([]);
  });

  it("of cdktf are none in authority/, which runs without it", () => {
    const sources = [...graph.keys()].filter((file) => roomOf(file) === "authority");
    const importing = sources.filter((file) =>
      packagesOf(file).some((name) => /^(@cdktf\/provider-|cdktf$)/.test(name)),
    );
    expect(importing).toEqual([]);
  });

  it("are seen: a circle and an arrow against the design would be found", () => {
    const planted = new Map([
      ["lib/a.ts", ["lib/b.ts"]],
      ["lib/b.ts", ["lib/a.ts", "lib/c.ts"]],
      ["lib/c.ts", []],
    ]);
    expect(circles(planted)).toEqual([["lib/a.ts", "lib/b.ts"]]);
    expect(roomOf("lib/config/load.ts")).toBe("lib/config");
    expect(roomOf("lib/errors.ts")).toBe("lib");
    expect(roomOf("planning/replay/server.ts")).toBe("planning");
  });
});
