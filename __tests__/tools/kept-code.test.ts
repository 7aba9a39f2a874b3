import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";

const cache = join(repositoryRoot, "node_modules/.cache/flywheel");

test("V8's code of a bundle that is not whole is made anew, and the program runs all the same", () => {
  expect(run()).toBe("function");
  const [bundle = ""] = readdirSync(cache)
    .filter((name) => /^lib-sha256-ts-\w+\.cjs$/.test(name))
    .map((name) => join(cache, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const kept = `${bundle}.v8`;
  expect(existsSync(kept)).toBe(true);
  const whole = readFileSync(kept);
  const halves: readonly Buffer[] = [
    Buffer.alloc(0),
    Buffer.alloc(whole.length),
    whole.subarray(0, whole.length / 2),
    Buffer.concat([whole.subarray(0, whole.length - 1), Buffer.of((whole.at(-1) ?? 0) ^ 1)]),
  ];
  for (const half of halves) {
    writeFileSync(kept, half);
    expect(run()).toBe("function");
    expect(readFileSync(kept).length).toBeGreaterThanOrEqual(whole.length);
  }
});

function run(): string {
  const script = 'console.log(typeof require("./bin/load.cjs").load("lib/sha256.ts").sha256)';
  return execFileSync(process.execPath, ["-e", script], { cwd: repositoryRoot, encoding: "utf8" }).trim();
}
