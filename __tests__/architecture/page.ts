import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";

const page = readFileSync(join(repositoryRoot, "docs", "architecture.md"), "utf8");

/** The rooms of docs/architecture.md's table, each with those it may import; undefined for one that may import everything. */
export function allowedImports(): ReadonlyMap<string, ReadonlySet<string> | undefined> {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.flatMap((row) => {
      const [, rooms = "", , targets = ""] = row.split("|");
      const mayImport = targets.includes("everything") ? undefined : new Set(inCode(targets));
      return inCode(rooms).map((room) => [room, mayImport] as const);
    }),
  );
}

/** The arrows of the page's picture. */
export function drawnArrows(): readonly (readonly [from: string, to: string])[] {
  const [, drawing = ""] = /```mermaid\n(.*?)```/s.exec(page) ?? [];
  return [...drawing.matchAll(/^ {2}(\S+) --> (\S+)$/gm)].map(([, from = "", to = ""]) => [from, to]);
}

/** The source files, scripts and pages that the page names by their path; one with a gap in it, such as `<stack>`, is left out. */
export function namedFiles(): readonly string[] {
  return inCode(page.replace(/```.*?```/gs, "")).filter(
    (text) => /^[\w./-]+\/[\w.-]+\.(ts|cjs|json|md)$/.test(text) && !text.startsWith("cdktf.out/"),
  );
}

function inCode(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = ""]) => name);
}
