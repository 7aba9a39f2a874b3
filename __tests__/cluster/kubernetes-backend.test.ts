import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, startCluster } from "../../lab/cluster/cluster";
import { backendBlock, engineVariables } from "../../lib/backend/contract";
import { resolveContracts } from "../../lib/backend/resolve";
import { loadConfiguration } from "../../lib/config/load";
import { repositoryRoot } from "../../lib/root";
import { temporaryFolder } from "../lib/config/support";
import { authorityFolder } from "../stacks/state-authority/configuration";
import { findEngines } from "../support/engines";
import { kubectl } from "./kubectl";

/** The authority's own state, as real engines keep it in a real API server, and what our commands say of it. */

let cluster: Cluster;
let config: string;
let work: string;

beforeAll(async () => {
  cluster = await startCluster();
  const entry = { context: "lab", kubeconfig: cluster.kubeconfig };
  // Nothing is behind these addresses, and nothing may ask there.
  const state = { s3: { endpoint: "http://127.0.0.1:9", bucket: "tofu-state" }, backup: undefined };
  config = authorityFolder({ cluster: entry, state });
  work = temporaryFolder();
});

afterAll(() => cluster.stop());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

function start(program: string, args: readonly string[], folder: string, more: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env;
  const child = spawn(program, args, { cwd: folder, env: { PATH, HOME, CHECKPOINT_DISABLE: "1", ...more } });
  child.stdin.end();
  const ended = (async (): Promise<Ended> => {
    const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code: Number(code ?? -1), out, errors };
  })();
  return { child, ended };
}

/** `flywheel`, with the program's own words as JSON where it prints one. */
async function flywheel(...args: readonly string[]): Promise<Ended> {
  const env = { FLYWHEEL_CONFIG_DIR: config };
  return start(process.execPath, [join(repositoryRoot, "bin/flywheel"), ...args], work, env).ended;
}

/** A folder with the stack's own backend block, and with something in the state that takes as long as a test wants. */
async function engineFolder(name: string): Promise<{ folder: string; env: Readonly<Record<string, string>> }> {
  const configuration = loadConfiguration(config);
  const contract = (await resolveContracts(configuration, configuration.stacks, {})).get("state-authority");
  if (contract === undefined) throw new Error("no contract");
  const folder = temporaryFolder();
  const command = 'touch "$STARTED"; until [ -e "$GO" ]; do sleep 0.05; done';
  const document = {
    terraform: { backend: { [contract.type]: backendBlock(contract) } },
    variable: { value: { type: "string" } },
    resource: {
      terraform_data: { [name]: { input: "${var.value}", provisioner: { "local-exec": { command } } } },
    },
  };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(document));
  expect(readFileSync(join(folder, "main.tf.json"), "utf8")).not.toContain(cluster.token);
  const go = { GO: join(folder, "go"), STARTED: join(folder, "started") };
  return { folder, env: { ...engineVariables(contract, { kubeconfig: cluster.kubeconfig }), ...go } };
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) if (holds()) return;
  throw new Error("it did not come to that in a minute");
}

const status = async (): Promise<Readonly<Record<string, unknown>>> => {
  const { out } = await flywheel("status", "state-authority", "--json");
  const { states } = JSON.parse(out) as { states: readonly Readonly<Record<string, unknown>>[] };
  return states[0] ?? {};
};

test("without its namespace nothing is said to be there, and nothing is applied", async () => {
  const { code, out } = await flywheel("check", "state-authority", "--json");
  expect(code).toBe(1);
  expect(out).toContain('"no-namespace"');
  const { code: made, errors } = await kubectl(cluster, ["create", "namespace", "flywheel-bootstrap"]);
  expect([made, errors]).toEqual([0, ""]);
  const after = await flywheel("check", "state-authority", "--json");
  const { lines } = JSON.parse(after.out) as { lines: readonly { name: string; status: string }[] };
  expect(lines.filter(({ status: how }) => how === "failed")).toEqual([]);
  // What was not looked at is said, and is no pass.
  for (const name of ["bucket", "state-authority: records", "engine"])
    expect(lines.find((line) => line.name === name)?.status).toBe("note");
});

describe.each(findEngines().map(({ name, path }) => [name, path] as const))("%s", (name, engine) => {
  const run = (args: readonly string[], folder: string, env: NodeJS.ProcessEnv) =>
    start(engine, [...args, "-input=false", "-no-color"], folder, env);
  const apply = (value: string) => ["apply", "-auto-approve", "-lock-timeout=0s", `-var=value=${name}-${value}`];

  test("keeps the state and its lock there; a second one is refused, and a dead one's lock given back by its ID", async () => {
    const { folder, env } = await engineFolder(name);
    expect(await run(["init"], folder, env).ended).toMatchObject({ code: 0 });

    const first = run(apply("one"), folder, env);
    await until(() => existsSync(env["STARTED"] ?? ""));
    const second = await run(apply("two"), folder, env).ended;
    expect(second.code).toBe(1);
    expect(second.errors).toContain("Error acquiring the state lock");
    const held = await status();
    expect(held["lock"]).toMatch(/apply, since 2/);
    const foreign = await flywheel("unlock", "state-authority", "not-its-id");
    expect([foreign.code, foreign.errors]).toEqual([1, expect.stringContaining("is locked by")]);
    writeFileSync(env["GO"] ?? "", "");
    expect(await first.ended).toMatchObject({ code: 0 });

    const now = await status();
    expect(now).toMatchObject({
      backend: "kubernetes",
      location: "kubernetes://flywheel-bootstrap/tfstate-default-state-authority-dev",
      lockKnown: true,
      ledger: "no entry",
    });
    expect(now["lock"]).toBeUndefined();
    expect(Number(now["serial"])).toBeGreaterThan(0);

    // One that is killed leaves its lock, and the engine's own words name its ID.
    const { folder: other, env: elsewhere } = await engineFolder(name);
    expect(await run(["init"], other, elsewhere).ended).toMatchObject({ code: 0 });
    const dying = run([...apply("three"), `-replace=terraform_data.${name}`], other, elsewhere);
    await until(() => existsSync(elsewhere["STARTED"] ?? ""));
    dying.child.kill("SIGKILL");
    writeFileSync(elsewhere["GO"] ?? "", "");
    await dying.ended;
    const blocked = await run(apply("four"), other, elsewhere).ended;
    const id = /ID:\s+(\S+)/.exec(blocked.errors)?.[1] ?? "";
    expect(await flywheel("unlock", "state-authority", id)).toMatchObject({ code: 0 });
    expect(await run(apply("four"), other, elsewhere).ended).toMatchObject({ code: 0 });
  });
});

test("what a Secret has not is refused in words, and never read out of a bucket", async () => {
  for (const args of [
    ["history", "state-authority"],
    ["cutover", "state-authority", "--to", "s3"],
    ["restore", "state-authority", "--version", "1"],
  ])
    expect(await flywheel(...args)).toMatchObject({ code: 1, errors: expect.stringContaining("no flag moves") });
});

test("the ledger takes it where it is", async () => {
  expect(await flywheel("register", "state-authority", "--new")).toMatchObject({
    code: 1,
    errors: expect.stringContaining("It is there: flywheel register state-authority"),
  });
  expect(await flywheel("register", "state-authority")).toMatchObject({ code: 0 });
  expect(await status()).toMatchObject({ ledger: "match" });
  const { out } = await flywheel("check", "state-authority", "--json");
  const { lines } = JSON.parse(out) as { lines: readonly { name: string; status: string }[] };
  expect(lines.find(({ name }) => name === "state-authority: ledger")?.status).toBe("ok");
  // What these engines wrote is nothing that the program knows: a deploy would destroy it.
  expect(lines.filter(({ status: how }) => how === "failed").map(({ name }) => name)).toEqual([
    "state-authority: addresses",
  ]);
});
