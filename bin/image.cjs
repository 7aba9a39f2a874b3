#!/usr/bin/env node
"use strict";
// Lays out what the image holds: `node bin/image.cjs FOLDER`. One bundle of the command, the packages that it leaves outside, and the
// recorded schemas. The Containerfile copies the folder as it is, and a test starts the command from one.
const fs = require("node:fs");
const path = require("node:path");
const { compile, externalPackages } = require("./load.cjs");

const root = path.dirname(__dirname);

/** Read at run time beside the bundle: replayed plans (the restore drill) and the texts that synth puts into objects. */
const data = [path.join("planning", "schemas"), path.join("lib", "constructs", "scripts")];

/** What tells the program its own folder (lib/root.ts). */
const marks = ["package.json", "cdktf.json"];

/** Nothing that runs: types, maps, modules for bundlers, what is for who develops a package. */
const left =
  /(^|\/)(dist-es|dist-types|test|tests|__tests__|docs|example|examples|\.github|coverage)$|\.(d\.[cm]?ts|map|md|markdown|tsbuildinfo)$/i;

/** The folders in node_modules of the packages that run outside the bundle, with all that they need, by the lockfile. */
function runtimePackages() {
  const { packages } = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8"));
  const found = new Set();
  const visit = (name, from) => {
    for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/")))) {
      const candidate = `${place === "" ? "" : `${place}/`}node_modules/${name}`;
      const entry = packages[candidate];
      if (entry !== undefined) {
        if (found.has(candidate)) return;
        found.add(candidate);
        for (const next of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
          visit(next, candidate);
        return;
      }
      if (place === "") return; // optional, and not of this platform
    }
  };
  for (const name of externalPackages().filter((each) => each !== "esbuild")) visit(name, "");
  return [...found].sort();
}

function copy(from, to) {
  fs.cpSync(from, to, {
    recursive: true,
    // A package in a package is in the list itself, where it is needed.
    filter: (file) => {
      const below = path.relative(from, file);
      return below === "" || (!left.test(below) && !below.split(path.sep).includes("node_modules"));
    },
  });
}

function main() {
  const [folder] = process.argv.slice(2);
  if (folder === undefined || fs.existsSync(folder)) {
    process.stderr.write("usage: node bin/image.cjs FOLDER, a folder that is not there yet\n");
    process.exit(2);
  }
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "flywheel.cjs"), compile("cli/main.ts", { folder: undefined }));
  for (const file of marks) fs.copyFileSync(path.join(root, file), path.join(folder, file));
  for (const part of data) copy(path.join(root, part), path.join(folder, part));
  for (const place of runtimePackages()) {
    // Of an optional package for another platform the lockfile has the name alone.
    if (fs.existsSync(path.join(root, place))) copy(path.join(root, place), path.join(folder, place));
  }
}

main();
