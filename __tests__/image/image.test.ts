import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { startMinio } from "../../lab/s3/minio";
import { startServerProcess, freePort } from "../../lab/s3/server-process";
import { isRecord } from "../../lib/config/kind";
import { repositoryRoot } from "../../lib/root";
import { sha256 } from "../../lib/sha256";
import { synthesize } from "../../stacks/synth";
import { loadConfiguration } from "../../lib/config/load";
import { send } from "../authority/support";
import { temporaryFolder } from "../lib/config/support";
import { authorityFolder } from "../stacks/state-authority/configuration";

/**
 * The image's own folder, laid out as its Containerfile lays it out, far from this repository: what the stack tells its pods to run is run
 * from there. That no container runtime is here is all that is left out.
 */

let image: string;

beforeAll(() => {
  image = layOut();
});

function layOut(): string {
  const folder = join(temporaryFolder(), "opt");
  execFileSync(process.execPath, [join(repositoryRoot, "bin/image.cjs"), folder]);
  return folder;
}

function contents(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => `${relative(folder, file)} ${sha256(readFileSync(file))}`)
    .sort();
}

/** As a pod has it: the image's variables, no home of anybody's, and a folder to write to. */
function environment(config: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    PATH: "/usr/bin:/bin",
    NODE_ENV: "production",
    FLYWHEEL_CONFIG_DIR: config,
    HOME: temporaryFolder(),
    ...more,
  };
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(image, "flywheel.cjs"), ...args], { cwd: temporaryFolder(), env });
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: Number(code), out, errors };
}

/** The configuration folder as the stack's ConfigMap and its volume give it to a pod. */
function mounted(folder: string): string {
  const configuration = loadConfiguration(folder);
  const stacks = configuration.stacks.filter(({ stack }) => stack === "state-authority");
  const out = temporaryFolder();
  synthesize({ configuration, stacks, contracts: new Map(), folder: out });
  const document: unknown = JSON.parse(readFileSync(join(out, "stacks/state-authority/cdk.tf.json"), "utf8"));
  const at = (...path: readonly (string | number)[]) =>
    path.reduce<unknown>(
      (inner, key) => (isRecord(inner) || Array.isArray(inner) ? (Reflect.get(inner, key) as unknown) : undefined),
      document,
    );
  const data = at("resource", "kubernetes_config_map", "configuration", "data");
  const pod = at("resource", "kubernetes_deployment", "server", "spec", "template", "spec");
  const items = isRecord(pod)
    ? at("resource", "kubernetes_deployment", "server", "spec", "template", "spec", "volume", 0, "config_map", "items")
    : [];
  const place = temporaryFolder();
  for (const item of Array.isArray(items) ? items : []) {
    const { key, path } = item as { key: string; path: string };
    mkdirSync(join(place, path, ".."), { recursive: true });
    writeFileSync(join(place, path), String(isRecord(data) ? data[key] : undefined));
  }
  return place;
}

test("the same sources give the same folder, without anything of who built it", () => {
  const first = contents(image);
  expect(contents(layOut())).toEqual(first);
  const bundle = readFileSync(join(image, "flywheel.cjs"), "utf8");
  expect(bundle.includes(repositoryRoot)).toBe(false);
  expect(first.filter((line) => /^(\.git|config|__tests__|lab)\/|\.env/.test(line))).toEqual([]);
  const bytes = readdirSync(image, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  expect(bytes).toBeLessThan(60 * 1024 * 1024);
});

test("what the pods run serves states of the bucket, with the configuration as they see it", async () => {
  const minio = await startMinio();
  try {
    const s3 = { endpoint: minio.endpoint, bucket: minio.bucket };
    const config = mounted(authorityFolder({ state: { s3 } }));
    const password = "a-password-of-this-test";
    const users = join(temporaryFolder(), "users.yaml");
    const child = spawn(
      process.execPath,
      [join(image, "flywheel.cjs"), "users", "add", "ann", "--role", "write", "--states", "*", "--users", users],
      { env: environment(config), stdio: ["pipe", "pipe", "pipe"] },
    );
    child.stdin.end(`${password}\n`);
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
    expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
    const port = await freePort();
    const server = await startServerProcess({
      program: process.execPath,
      args: [
        ...[join(image, "flywheel.cjs"), "serve", "--store", "s3", "--listen", `127.0.0.1:${port}`],
        ...["--users", users, "--behind-tls-proxy"],
      ],
      env: environment(config, minio.environment),
      folder: temporaryFolder(),
      isReady: () =>
        send("GET", `http://127.0.0.1:${port}/readyz`).then(
          ({ status }) => status === 200,
          () => false,
        ),
    });
    try {
      const ask = (name: string) => send("GET", `http://127.0.0.1:${port}/state/${name}`, { auth: `ann:${password}` });
      // Known and not there yet; the authority's own state is none that it serves.
      expect((await ask("arc-runners-dev")).status).toBe(404);
      expect(await ask("state-authority-dev")).toMatchObject({
        status: 400,
        body: expect.stringContaining("known: arc-runners-dev"),
      });
    } finally {
      await server.stop();
    }
    const probe = await run(
      ["probe", "--endpoint", minio.endpoint, "--bucket", minio.bucket],
      environment(config, minio.environment),
    );
    expect([probe.code, probe.code === 0 ? "" : probe.errors]).toEqual([0, ""]);
  } finally {
    await minio.stop();
  }
});

test("the Containerfile has no base of its own choice, no root and no shell to start it", () => {
  const file = readFileSync(join(repositoryRoot, "Containerfile"), "utf8");
  expect(file.match(/^ARG .*$/gm)).toEqual(["ARG NODE_IMAGE", "ARG GO_IMAGE", "ARG BASE_IMAGE"]);
  expect(file.match(/^FROM \S+/gm)).toEqual(["FROM ${NODE_IMAGE}", "FROM ${GO_IMAGE}", "FROM ${BASE_IMAGE}"]);
  expect(file).toContain("RUN node bin/image.cjs /opt/flywheel");
  expect(file).toMatch(/^USER 65532:65532$/m);
  expect(file).toMatch(/^ENTRYPOINT \[.*"\/opt\/flywheel\/flywheel\.cjs"\]$/m);
});
