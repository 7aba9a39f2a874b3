import { execFileSync } from "node:child_process";
import { basename, dirname } from "node:path";

/** Whether a file differs from what git has committed; undefined where it is in no repository, or there is no git. */
export function isUncommitted(file: string): boolean | undefined {
  try {
    const output = execFileSync("git", ["status", "--porcelain", "--", basename(file)], {
      cwd: dirname(file),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output.trim() !== "";
  } catch {
    return undefined;
  }
}
