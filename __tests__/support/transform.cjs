"use strict";
// Jest transformer: the compiler that also runs the program (bin/load.cjs), so tests never see another dialect.
const { createHash } = require("node:crypto");
const { transformSync, version } = require("esbuild");

module.exports = {
  process(source, path) {
    const { code, map } = transformSync(source, {
      loader: "ts",
      format: "cjs",
      target: "node20",
      sourcemap: "external",
      sourcefile: path,
    });
    return { code, map };
  },
  getCacheKey(source, path) {
    return createHash("sha256").update(`${version}\0${path}\0${source}`).digest("hex");
  },
};
