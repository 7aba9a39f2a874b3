"use strict";
// Builds the image with Docker's buildx: `make image` here, `make image-push` in CI. Bases are named by digest, in NODE_IMAGE, GO_IMAGE and
// BASE_IMAGE (Containerfile says what each is for); IMAGE names the result. Nothing of the machine's own goes into it.
const { execFileSync, spawnSync } = require("node:child_process");
const path = require("node:path");

const root = path.dirname(__dirname);
const bases = ["NODE_IMAGE", "GO_IMAGE", "BASE_IMAGE"];

function refuse(what, remedy) {
  process.stderr.write(`${what}\n  ${remedy}\n`);
  process.exit(1);
}

function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["pipe", "inherit", "inherit"], ...options });
  if (error !== undefined) refuse(`${program} cannot be run: ${error.code}`, "Install Docker with buildx");
  if (status !== 0) process.exit(status ?? 1);
}

/** The commit's own time, so that the same commit gives the same files on any day. */
function commitTime() {
  return execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).trim();
}

function main() {
  const isPushed = process.argv[2] === "push";
  const { IMAGE: name = "flywheel", REGISTRY_USER: user, REGISTRY_TOKEN: token } = process.env;
  for (const base of bases)
    if (!/^\S+@sha256:[0-9a-f]{64}$/.test(process.env[base] ?? ""))
      refuse(
        `${base} is no image by digest`,
        "Name it as NAME@sha256:..., which `docker buildx imagetools inspect NAME` prints; the Containerfile says what for",
      );
  if (isPushed && token)
    run("docker", ["login", name.split("/")[0], "--username", user ?? "", "--password-stdin"], { input: token });
  run("docker", ["buildx", "create", "--use", "--driver", "docker-container"]);
  const output = isPushed ? `type=image,name=${name.toLowerCase()},push=true` : `type=oci,dest=flywheel-image.tar`;
  run("docker", [
    ...["buildx", "build", "--file", "Containerfile", "--platform", "linux/amd64", "--no-cache"],
    ...["--provenance", "mode=max", "--sbom", "true", "--output", `${output},rewrite-timestamp=true`],
    ...["--build-arg", `SOURCE_DATE_EPOCH=${commitTime()}`],
    ...bases.flatMap((base) => ["--build-arg", `${base}=${process.env[base]}`]),
    ".",
  ]);
}

main();
