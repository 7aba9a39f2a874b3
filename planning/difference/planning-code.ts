import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { sha256 } from "../../lib/sha256";

/** Where planning begins: with what is synthesized, and with what the replayed providers answer. */
const entries = ["planning/preview/plan-stack.ts", "planning/replay/attach.ts"];

/**
 * What these decide is in planInputs already (placeholders and variables), or tells only of what a state has and its program lacks: nothing, on
 * the state that the same program has just left.
 */
const apart = ["lib/config/stacks/*", "lib/backend/*", "lib/addresses/*"];

/** What the providers are replayed from, and the versions of packages. */
const data = "planning/schemas";
const packages = "package-lock.json";

/**
 * One digest of the code in a checkout that makes a plan of what was synthesized: the functions that it can reach, and its data. Undefined where there are
 * no sources of that form, as in an image.
 */
export function planningCode(checkout: string): string | undefined {
  if (![...entries, data, packages].every((path) => existsSync(join(checkout, path)))) return undefined;
  try {
    const { outputFiles } = buildSync({
      absWorkingDir: checkout,
      entryPoints: [...entries],
      // Paths in it are seen from here: the same in every checkout.
      outdir: checkout,
      bundle: true,
      packages: "external",
      external: apart.map((path) => join(checkout, path)),
      platform: "node",
      format: "cjs",
      target: "node20",
      minifyWhitespace: true,
      write: false,
      logLevel: "silent",
    });
    const files = [packages, ...readdirSync(join(checkout, data)).map((name) => join(data, name))].sort();
    return sha256(
      JSON.stringify([
        ...outputFiles.map(({ text }) => text),
        ...files.map((file) => [file, readFileSync(join(checkout, file), "utf8")]),
      ]),
    );
  } catch {
    // Sources that do not fit together: whoever runs them says so.
    return undefined;
  }
}
