"use strict";
// Runs a TypeScript entry of this repository. It is compiled anew at every start (esbuild, some 50 ms, in memory),
// so there is no build folder that could be stale. Types are checked by `make test`.
const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

const root = path.dirname(__dirname);

/** An error in our sources is told as the compiler tells it, without a stack trace of the compiler's own. */
function compile(options) {
  try {
    return buildSync(options);
  } catch (error) {
    for (const { location, text } of error.errors ?? []) {
      const where = location ? `${location.file}:${location.line}: ` : "";
      process.stderr.write(`${where}${text}\n`);
    }
    if (!error.errors) throw error;
    process.exit(1);
  }
}

/** Compiles and runs `entry`, a path from the repository's root, and returns its exports. */
function load(entry) {
  // Node 22 and later: keep V8's code for the generated provider bindings between runs.
  if (Module.enableCompileCache) Module.enableCompileCache(path.join(root, "node_modules", ".cache", "flywheel", "v8"));
  const { outputFiles } = compile({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "cjs",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    write: false,
    logLevel: "silent",
  });
  // In the root, because that is what the source map's paths start from.
  const filename = path.join(root, `${entry.replaceAll("/", "-")}.cjs`);
  process.setSourceMapsEnabled(true);
  const compiled = new Module(filename, module);
  compiled.filename = filename;
  compiled.paths = Module._nodeModulePaths(root);
  compiled._compile(outputFiles[0].text, filename);
  return compiled.exports;
}

module.exports = { load };
