import { spawnSync } from "node:child_process";
import { buildSync } from "esbuild";
import { mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { noSuccessor, noSynth } from "../refusals";

/** The maintained successor of cdktf (https://github.com/open-constructs/cdk-terrain), as npm has it. */
export const successor = "cdktn@0.24.0";

/**
 * Installs the successor under the name `cdktf` into `folder`, without scripts, and returns the package's folder.
 * @throws UserError where npm refuses.
 */
export function installSuccessor(folder: string): string {
  writeFileSync(join(folder, "package.json"), '{"private": true}');
  // Its peer range of `constructs` lags behind; whether that matters is what the comparison shows.
  const options = [
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--legacy-peer-deps",
    "--loglevel=error",
  ];
  const { status, stderr } = spawnSync("npm", ["install", ...options, `cdktf@npm:${successor}`], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw noSuccessor(successor, stderr);
  return join(folder, "node_modules", "cdktf");
}

/**
 * Synthesizes every stack into `out` with the package in `cdktf` wherever the program or a provider binding imports "cdktf".
 * @throws UserError where the program does not run with it, with what it said.
 */
export function synthesizeWith(cdktf: string, out: string): void {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: repositoryRoot,
    entryPoints: ["main.ts"],
    // One copy of constructs, as npm would have it.
    alias: { cdktf, constructs: join(repositoryRoot, "node_modules", "constructs") },
    bundle: true,
    // WebAssembly and its loader; nothing in it is cdktf's.
    external: ["@cdktf/hcl2json", "esbuild"],
    platform: "node",
    format: "cjs",
    target: "node20",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs).flatMap((input) => /^(.*node_modules\/cdktf)\//.exec(input)?.[1] ?? []);
  const used = [...new Set(inputs.map((input) => realpathSync(resolve(repositoryRoot, input))))];
  if (used.length !== 1 || used[0] !== realpathSync(cdktf))
    throw new Error(`the program is built with ${used.join(" and ")}, not with ${cdktf} alone`);
  // Below the root: that is where the program finds its files and its other packages from.
  const folder = join(repositoryRoot, "node_modules", ".cache", "flywheel");
  const program = join(folder, `successor-${process.pid}.js`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(program, outputFiles[0]?.contents ?? "");
    const { status, stderr } = spawnSync(process.execPath, [program], {
      encoding: "utf8",
      env: { ...process.env, CDKTF_OUTDIR: out, CDKTN_OUTDIR: out, NODE_NO_WARNINGS: "1" },
    });
    if (status !== 0) throw noSynth(status, stderr);
  } finally {
    rmSync(program, { force: true });
  }
}
