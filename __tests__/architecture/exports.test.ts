import { unusedExports } from "./exports";
import { sourceFiles } from "./import-graph";

/** What bin/ and jest call by name, and the interface that the rooms add their codes to by `declare module`, which is no import. */
const calledFromOutside: readonly string[] = ["ci/preview-changes.ts: run", "lib/errors.ts: Codes"];

describe("exports", () => {
  it("are there because another file imports them", () => {
    const unused = unusedExports(sourceFiles(undefined, "with tests"));
    expect(unused.filter((name) => !calledFromOutside.includes(name))).toEqual([]);
  });

  it("are seen: one that nobody imports is found, and one that a type or a dynamic import takes is not", () => {
    const files: Record<string, string> = {
      "lib/errors.ts": "export const used = 1, unused = 2; export interface Shape {} export function late() {}",
      "lib/root.ts": 'import { used, type Shape as S } from "./errors"; export class Alone {}',
    };
    const read = (file: string): string => files[file] ?? "";
    expect(unusedExports(Object.keys(files), read)).toEqual([
      "lib/errors.ts: unused",
      "lib/errors.ts: late",
      "lib/root.ts: Alone",
    ]);
    files["lib/root.ts"] = 'void import("./errors"); const s: import("./errors").Shape = {};';
    expect(unusedExports(Object.keys(files), read)).toEqual([]);
  });
});
