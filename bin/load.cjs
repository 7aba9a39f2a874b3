"use strict";
// Runs a TypeScript entry of this repository, never a stale build: at every start all sources are hashed (a few milliseconds),
// and what runs is the bundle of exactly these sources, made by esbuild where it is not there yet. Types are checked by `make test`.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.dirname(__dirname);
const cache = path.join(root, "node_modules", ".cache", "flywheel");
const sourceFolders = ["authority", "bench", "ci", "cli", "lab", "lib", "planning", "stacks", "tools"];

// Bundled, because their files are mostly comments and source maps: half the memory, and V8 caches one file. All other packages
// are loaded from where they are.
const bundled = [
  "cdktf",
  "constructs",
  "@cdktf/provider-",
  "zod",
  "yaml",
  "commander",
  "fastest-levenshtein",
  "smol-toml",
];

// Bundles of earlier sources are kept for switching branches.
const kept = 24;

/** Runs `entry`, a path from the repository's root, and returns its exports. */
function load(entry) {
  // cdktf 0.21 is archived, and packages below it call what Node 22 deprecates: nothing that an operator could act on.
  process.noDeprecation = true;
  // Node 22 and later: V8's code is kept between runs.
  if (Module.enableCompileCache) Module.enableCompileCache(path.join(cache, "v8"));
  const nameOf = (hash) => `${entry.replace(/\W/g, "-")}-${hash}.cjs`;
  const name = nameOf(fingerprint());
  const file = path.join(cache, name);
  if (!fs.existsSync(file)) {
    const code = compile(entry);
    // What was edited while it was compiled is run, and not kept under the name of what was there before.
    if (nameOf(fingerprint()) !== name || !keep(file, code)) return runFromMemory(code, name);
  }
  return require(file);
}

/** A hash of all that the bundle is made of: our sources and where they are, what npm installed, and this file. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.version} ${root}`);
  const add = (file) => hash.update(file).update(fs.readFileSync(path.join(root, file)));
  for (const file of ["main.ts", "package.json", "package-lock.json", "tsconfig.json", path.join("bin", "load.cjs")])
    add(file);
  for (const folder of sourceFolders) {
    const files = fs.existsSync(path.join(root, folder))
      ? fs.readdirSync(path.join(root, folder), { recursive: true })
      : [];
    for (const file of files.filter((name) => /\.(ts|json|sh|proto)$/.test(name)).sort()) add(path.join(folder, file));
  }
  return hash.digest("hex").slice(0, 20);
}

function compile(entry) {
  const { buildSync } = require("esbuild");
  const { dependencies } = require(path.join(root, "package.json"));
  try {
    const { outputFiles } = buildSync({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      external: Object.keys(dependencies).filter(
        (dependency) => !bundled.some((prefix) => dependency.startsWith(prefix)),
      ),
      platform: "node",
      format: "cjs",
      target: "node20",
      // Where the sources are, also where node_modules is a link into another checkout.
      define: { __dirname: JSON.stringify(root) },
      minifyWhitespace: true,
      lineLimit: 160,
      write: false,
      logLevel: "silent",
    });
    return outputFiles[0].contents;
  } catch (error) {
    if (!error.errors) throw error;
    for (const { location, text } of error.errors)
      process.stderr.write(`${location ? `${location.file}:${location.line}: ` : ""}${text}\n`);
    process.exit(1);
  }
}

/** Puts the bundle into the cache, whole or not at all; false where it can't be written (a read-only installation). */
function keep(file, code) {
  const temporary = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(temporary, code);
    fs.renameSync(temporary, file);
    const bundles = fs
      .readdirSync(cache)
      .filter((name) => name.endsWith(".cjs"))
      .map((name) => path.join(cache, name));
    const age = (bundle) => fs.statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    for (const old of bundles.sort((a, b) => age(b) - age(a)).slice(kept)) fs.rmSync(old, { force: true });
    return true;
  } catch {
    fs.rmSync(temporary, { force: true });
    return false;
  }
}

function runFromMemory(code, name) {
  const filename = path.join(root, name);
  const compiled = new Module(filename, module);
  compiled.filename = filename;
  compiled.paths = Module._nodeModulePaths(root);
  compiled._compile(Buffer.from(code).toString(), filename);
  return compiled.exports;
}

module.exports = { load };
