import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { reportOf } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { repositoryRoot } from "../../lib/root";
import { differences, isVersion } from "./differences";
import { installSuccessor, successor, synthesizeWith } from "./synthesize";

/** `make successor`: a report, never a gate: exit code 0 also where the two differ, or where the successor can't be had. */
async function main(): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  await withTemporaryFolder((folder) => {
    const inFolder = (name: string) => join(folder, name);
    const [before, after, packages] = [inFolder("cdktf"), inFolder("successor"), inFolder("packages")];
    for (const path of [before, after, packages]) mkdirSync(path);
    synthesizeWith(join(repositoryRoot, "node_modules", "cdktf"), before);
    synthesizeWith(installSuccessor(packages), after);
    const found = differences(before, after);
    const other = found.filter((difference) => !isVersion(difference));
    const stacks = readdirSync(join(before, "stacks")).length;
    for (const { file, path, before: one, after: two } of other.slice(0, 50))
      print(`${file}${path}: ${one} with cdktf, ${two} with the successor`);
    if (other.length > 50) print(`... and ${other.length - 50} more`);
    print(
      `${successor}: ${stacks} stacks synthesized by both; ${other.length === 0 ? "equal bytes but for the framework's version" : `${other.length} differences`} (${found.length - other.length} of them the version)`,
    );
    return Promise.resolve();
  });
}

main().catch((error: unknown) => {
  process.stdout.write(`${successor}: no comparison\n${reportOf(error)}\n`);
});
