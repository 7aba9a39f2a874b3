import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { circles, importGraph, packagesOf, roomOf } from "./import-graph";
import { allowedImports, drawnArrows, namedFiles } from "./page";

const allowed = allowedImports();
const graph = importGraph();

describe("imports", () => {
  it("go along the arrows of docs/architecture.md, and nothing that ships imports what proves it", () => {
    const against = [...graph].flatMap(([file, targets]) => {
      const room = roomOf(file);
      if (!allowed.has(room)) return [`${file} is in a room that the page does not name`];
      const mayImport = allowed.get(room);
      if (mayImport === undefined) return [];
      return targets
        .filter((target) => target !== "package.json" && roomOf(target) !== room && !mayImport.has(roomOf(target)))
        .map((target) => `${file} -> ${target}`);
    });
    expect(against).toEqual([]);
  });

  it("are drawn as they are allowed: what may be imported is what the picture's arrows reach, no more", () => {
    const arrows = drawnArrows();
    const reached = (room: string): readonly string[] =>
      arrows.filter(([from]) => from === room).flatMap(([, to]) => [to, ...reached(to)]);
    expect(arrows.length).toBeGreaterThan(10);
    for (const [from, to] of arrows) expect([from, allowed.get(from)?.has(to)]).toEqual([from, true]);
    for (const [room, mayImport] of allowed)
      for (const target of mayImport ?? [])
        expect([room, reached(room)]).toEqual([room, expect.arrayContaining([target])]);
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

it("the page of the architecture names files that are there", () => {
  expect(namedFiles().length).toBeGreaterThan(20);
  expect(namedFiles().filter((file) => !existsSync(join(repositoryRoot, file)))).toEqual([]);
});
