import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../lib/config/kind";

/** Where two synthesized folders differ: a file, and a place in it. */
export interface Difference {
  readonly file: string;
  /** `.resource.helm_release.x.name`; empty for a file as a whole. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const absent = "(absent)";

/**
 * Every difference between the files of two folders; a pair of files with equal bytes has none. JSON is compared value by value, and
 * also as text: values that are equal in another order are a difference of the file.
 */
export function differences(before: string, after: string): readonly Difference[] {
  const files = [...new Set([...filesIn(before), ...filesIn(after)])].sort();
  return files.flatMap((file): readonly Difference[] => {
    const [one, other] = [textOf(join(before, file)), textOf(join(after, file))];
    if (one === other) return [];
    if (one === undefined || other === undefined)
      return [
        {
          file,
          path: "",
          before: one === undefined ? absent : "a file",
          after: other === undefined ? absent : "a file",
        },
      ];
    const inside = file.endsWith(".json") ? between(JSON.parse(one), JSON.parse(other), "") : [];
    const found =
      inside.length > 0 ? inside : [{ path: "", before: "equal values", after: "in another order or layout" }];
    return found.map((difference) => ({ file, ...difference }));
  });
}

/** The framework's own version, which stands in each stack's metadata and in the manifest. */
export function isVersion({ path, before, after }: Difference): boolean {
  return (
    /(^|\.)version$/.test(path) &&
    [before, after].every((value) => /^"\d+\.\d+\.\d+"$/.test(value)) &&
    /^\.(\/\/\.metadata\.)?version$/.test(path)
  );
}

function between(before: unknown, after: unknown, path: string): readonly Omit<Difference, "file">[] {
  if (isRecord(before) && isRecord(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      between(before[key], after[key], `${path}.${key}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_none, index) =>
      between(before[index], after[index], `${path}[${index}]`),
    ).flat();
  }
  if (Object.is(before, after)) return [];
  return [{ path, before: shown(before), after: shown(after) }];
}

function shown(value: unknown): string {
  return value === undefined ? absent : JSON.stringify(value);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}

function textOf(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(file, "utf8");
}
