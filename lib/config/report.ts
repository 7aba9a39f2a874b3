import { type Problem } from "../errors";
import { type Path, type Source } from "./source";

/** Takes what is wrong with the value at a path of a file; the place is added to it. */
export type Report = (path: Path, problem: Omit<Problem, "file" | "line" | "key">) => void;

/** A report that fills `problems`, of what stands in `source`. */
export function reportTo(problems: Problem[], source: Source): Report {
  return (path, problem) =>
    problems.push({ ...problem, file: source.file, line: source.lineOf(path), key: path.join(".") });
}
