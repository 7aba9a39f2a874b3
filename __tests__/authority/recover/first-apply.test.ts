import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startMinio } from "../../../lab/s3/minio";
import { freePort } from "../../../lab/s3/server-process";
import { type S3Server } from "../../../lab/s3/s3-server";
import { configFolder, leastSettings, organization, temporaryFolder, writeFiles } from "../../lib/config/support";
import { findEngine, findEngines } from "../../support/engines";
import { type Outcome, runChild, runFlywheel } from "../../stacks/synth/child";
import { stateKey } from "../backup/support";
import {
  credentials,
  cutOff,
  httpBackend,
  newGate,
  placeOfStore,
  s3Backend,
  serve,
  type Server,
  waitsFor,
} from "./lost";

/** The very first apply loses its place before it saved anything: what a real engine leaves then has no lineage. */
jest.setTimeout(300_000);

const engines = findEngines();

interface Scene {
  readonly engine: string;
  /** `state: ...` of organization.yaml. */
  readonly state: string;
  readonly backend: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
  readonly start: (config: string) => Promise<void>;
}

async function firstApply({ engine, state, backend, env, stop, start }: Scene): Promise<void> {
  const config = configFolder({
    "organization.yaml": organization(state),
    "environments/dev/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
  });
  const folder = join(config, "cdktf.out", "stacks", "arc-runners");
  mkdirSync(folder, { recursive: true });
  const gate = newGate();
  writeFiles(folder, { "main.tf": `${backend}\nresource "terraform_data" "one" {\n  ${waitsFor(gate)}\n}\n` });
  const run = (...args: string[]): Promise<Outcome> =>
    runChild(engine, args, { cwd: folder, env: { ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" } });
  const flywheel = (...args: string[]): Promise<Outcome> =>
    runFlywheel(args, { cwd: config, env: { FLYWHEEL_CONFIG_DIR: config, ...env } });

  await start(config);
  expect(await flywheel("register", "arc-runners", "--new")).toMatchObject({ code: 0 });
  expect(await run("init", "-no-color")).toMatchObject({ code: 0 });
  await cutOff(gate, run("apply", "-auto-approve", "-no-color"), stop);
  expect(JSON.parse(readFileSync(join(folder, "errored.tfstate"), "utf8"))).toMatchObject({ lineage: "" });

  await start(config);
  const { stderr } = await flywheel("recover", "arc-runners");
  const lockId = /unlock arc-runners ([0-9a-f-]{36})/.exec(stderr)?.[1] ?? "";
  expect(await flywheel("unlock", "arc-runners", lockId)).toMatchObject({ code: 0 });
  expect(await flywheel("recover", "arc-runners")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/serial 1 is at .* nothing was there before/) as unknown,
    stderr: expect.stringContaining("it is of a first apply, and had no lineage") as unknown,
  });
  expect(await flywheel("recover", "arc-runners")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("nothing to do") as unknown,
  });
  // The engine takes it for its own.
  expect(await run("plan", "-no-color", "-detailed-exitcode")).toMatchObject({ code: 0 });
  await stop();
}

it.each(engines)("over http, by $name", async ({ path }) => {
  const [port, store] = [await freePort(), join(temporaryFolder(), "states")];
  let server: Server | undefined;
  await firstApply({
    engine: path,
    state: `state: {http: {address: "http://127.0.0.1:${port}/state/{stack}-{env}"}}`,
    backend: httpBackend(`http://127.0.0.1:${port}/state/arc-runners-dev`),
    env: credentials,
    stop: async () => server?.stop(),
    start: async (config) => {
      server = await serve(config, store, port);
    },
  });
});

it("in a bucket", async () => {
  const place = await placeOfStore();
  let server: S3Server = await startMinio(place);
  await firstApply({
    engine: findEngine().path,
    state: `state: {backend: s3, s3: {endpoint: "${server.endpoint}", bucket: ${server.bucket}}}`,
    backend: s3Backend(server, stateKey),
    env: server.environment,
    stop: () => server.stop(),
    start: async () => {
      await server.stop();
      server = await startMinio(place);
    },
  });
});
