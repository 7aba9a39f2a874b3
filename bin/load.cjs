"use strict";
// Runs a TypeScript entry of this repository, never a stale build: at every start all sources are hashed (a few milliseconds),
// and what runs is the bundle of exactly these sources, made by esbuild where it is not there yet. Types are checked by `make test`.
const { isAscii } = require("node:buffer");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

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
  // What a command needs to reach a store or to replay providers: hundreds of files, a third of a start where each is compiled.
  "@aws-sdk/",
  "@smithy/",
  "@grpc/",
  "age-encryption",
  "@msgpack/",
  "http-proxy-agent",
  "https-proxy-agent",
];

// Bundles of earlier sources are kept for switching branches.
const kept = 24;

/** Runs `entry`, a path from the repository's root, and returns its exports. */
function load(entry) {
  // cdktf 0.21 is archived, and packages below it call what Node 22 deprecates: nothing that an operator could act on.
  process.noDeprecation = true;
  // Node 22 and later keep V8's code of the packages; that of the bundle is kept here, on every Node.
  if (Module.enableCompileCache) Module.enableCompileCache(path.join(cache, "v8"));
  const nameOf = (hash) => `${entry.replace(/\W/g, "-")}-${hash}.cjs`;
  const name = nameOf(fingerprint());
  const file = path.join(cache, name);
  if (!fs.existsSync(file)) {
    const code = compile(entry);
    // What was edited while it was compiled is run, and not kept under the name of what was there before.
    if (nameOf(fingerprint()) !== name || !keep(file, code)) return runFromMemory(code, name);
  }
  return require.cache[file] === undefined ? run(file) : require(file);
}

/** Runs a bundle as `require` does, with V8's code of an earlier run: without it, compiling takes most of a start. */
function run(file) {
  const bytes = fs.readFileSync(file);
  // Four times as fast to read, where it can be: esbuild writes ASCII but for regular expressions.
  const source = Module.wrap(bytes.toString(isAscii(bytes) ? "latin1" : "utf8"));
  const { code: cachedData, ranFor } = codeOf(file);
  const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new vm.Script(source, { filename: file, cachedData, importModuleDynamically });
  // V8 compiles a function when it is first called: at the end of a command that is new here it has more of them. And it rejects
  // the code of another V8, or of other flags.
  const command = process.argv[2] ?? "";
  const known = cachedData !== undefined && !script.cachedDataRejected ? ranFor : [];
  if (!known.includes(command) && known.length < 100)
    process.once("exit", () => keepCode(file, { code: script.createCachedData(), ranFor: [...known, command] }));
  const bundle = new Module(file, module);
  bundle.filename = file;
  bundle.paths = Module._nodeModulePaths(cache);
  require.cache[file] = bundle;
  script.runInThisContext()(bundle.exports, Module.createRequire(file), bundle, file, cache);
  bundle.loaded = true;
  return bundle.exports;
}

/** V8's code of a bundle and for which commands it ran, where the file is whole: V8 itself does not look, and a power cut can leave zeros. */
function codeOf(file) {
  try {
    const kept = fs.readFileSync(`${file}.v8`);
    const rest = kept.subarray(digestBytes);
    if (!digest(rest).equals(kept.subarray(0, digestBytes))) return {};
    const end = rest.length - 4 - rest.readUInt32LE(rest.length - 4);
    return { code: rest.subarray(0, end), ranFor: JSON.parse(rest.toString("utf8", end, rest.length - 4)) };
  } catch {
    return {};
  }
}

function keepCode(file, { code, ranFor }) {
  const names = Buffer.from(JSON.stringify(ranFor));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(names.length);
  const rest = Buffer.concat([code, names, length]);
  replace(`${file}.v8`, Buffer.concat([digest(rest), rest]));
}

const digestBytes = 32;

function digest(bytes) {
  return createHash("sha256").update(bytes).digest();
}

/** A hash of all that the bundle is made of: our sources and where they are, what npm installed, and this file. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.version} ${root}`);
  // path.join would take as long as hashing does.
  const add = (file) => hash.update(file).update(fs.readFileSync(`${root}${path.sep}${file}`));
  for (const file of ["main.ts", "package.json", "package-lock.json", "tsconfig.json", path.join("bin", "load.cjs")])
    add(file);
  for (const folder of sourceFolders) {
    const files = fs.existsSync(path.join(root, folder)) ? filesBelow(folder) : [];
    for (const file of files.filter((name) => /\.(ts|json|sh|proto)$/.test(name)).sort()) add(file);
  }
  return hash.digest("hex").slice(0, 20);
}

/** As `readdirSync` with `recursive` has it, in a tenth of the time. */
function filesBelow(folder) {
  return fs
    .readdirSync(path.join(root, folder), { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(folder + path.sep + entry.name) : [folder + path.sep + entry.name],
    );
}

/** The packages that a bundle leaves where they are. */
function externalPackages() {
  const { dependencies } = require(path.join(root, "package.json"));
  return Object.keys(dependencies).filter((dependency) => !bundled.some((prefix) => dependency.startsWith(prefix)));
}

/** The code of an entry. `folder` is what it takes for its own: by default the sources'; undefined: where it lies when it runs, as in an image. */
function compile(entry, { folder } = { folder: root }) {
  const { buildSync } = require("esbuild");
  try {
    const { outputFiles } = buildSync({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      external: externalPackages(),
      platform: "node",
      format: "cjs",
      target: "node20",
      // Where the sources are, also where node_modules is a link into another checkout.
      ...(folder === undefined ? {} : { define: { __dirname: JSON.stringify(folder) } }),
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
  try {
    fs.mkdirSync(cache, { recursive: true });
  } catch {
    return false;
  }
  if (!replace(file, code)) return false;
  try {
    const bundles = fs
      .readdirSync(cache)
      .filter((name) => name.endsWith(".cjs"))
      .map((name) => path.join(cache, name));
    const age = (bundle) => fs.statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    for (const old of bundles.sort((a, b) => age(b) - age(a)).slice(kept))
      for (const file of [old, `${old}.v8`]) fs.rmSync(file, { force: true });
  } catch {
    // What is old is removed at another time.
  }
  return true;
}

/** Writes a file whole or not at all; false where it can't be written. */
function replace(file, bytes) {
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, bytes);
    fs.renameSync(temporary, file);
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

module.exports = { load, compile, externalPackages };
