import { writeFileSync } from "node:fs";
import { type FaultProxy, startFaultProxy } from "../../../lab/fault-proxy/proxy";
import { limitedKey } from "../../../lab/s3/limited-key";
import { Clone } from "../../authority/cutover/real";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { temporaryFolder } from "../../authority/support";
import { findEngine } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";

/** `check --read-only` and `plan --read-only` of somebody who may only read: every request is seen, and none could have changed anything. */
jest.setTimeout(3 * 60_000);

const open = worldsOverMinio();
const replay = replayedProviders();
const proxies: FaultProxy[] = [];
afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));

/** A recorder in front of a server. */
async function recorder(url: string): Promise<FaultProxy> {
  const proxy = await startFaultProxy(url);
  proxies.push(proxy);
  return proxy;
}

const changes = (proxy: FaultProxy) => proxy.seen.filter((asked) => !/^(GET|HEAD) /.test(asked));
const notProven = "not proven: --read-only writes nothing";

it("works in a bucket with the rights to read and list alone, past a held lock", async () => {
  const world = await open();
  const { clone } = world;
  await world.inBucket(async (state, store) => {
    await store.create(world.key, Buffer.from(JSON.stringify(emptyState)));
    await store.create(`${world.key}.tflock`, Buffer.from('{"ID":"1","Who":"ci@runner-7"}'));
    return state;
  });
  const proxy = await recorder(world.minio.endpoint);
  writeFileSync(
    clone.organizationFile,
    clone.organization
      .replace(/backend: http/, "backend: s3")
      .replace(/endpoint: \S+/, `endpoint: ${proxy.url}`)
      .replace(/\n {2}http: .*/, ""),
  );
  expect(await clone.flywheel("register", "arc-runners")).toMatchObject({ code: 0 });
  const session = await limitedKey(world.minio, onlyToRead);
  const reader = new Clone(clone.config, { ...clone.environment, ...session, ...byReplay() }, temporaryFolder());
  proxy.choose(() => "pass");

  const checked = await reader.flywheel("check", "arc-runners", "--read-only", "--json");
  expect(checked).toMatchObject({ code: 0 });
  const { lines } = JSON.parse(checked.stdout) as {
    lines: readonly { name: string; status: string; detail: string }[];
  };
  for (const name of ["write and read back", "lock", "engine"])
    expect(lines).toContainEqual(expect.objectContaining({ name, status: "note", detail: notProven }));
  expect(await reader.flywheel("plan", "arc-runners", "--read-only")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Plan: \d+ to add/),
    stderr: expect.stringContaining(notProven),
  });
  expect(proxy.seen.length).toBeGreaterThan(5);
  expect(changes(proxy)).toEqual([]);

  // Without the option the same person is told what they may not do.
  expect(await reader.flywheel("check", "arc-runners")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED +write and read back .*(Access Denied|403)/),
  });
});

it("asks an HTTP server for nothing but to read", async () => {
  const world = await open();
  await world.put(3);
  const { clone } = world;
  const proxy = await recorder(world.url);
  writeFileSync(
    clone.organizationFile,
    clone.organization.replace(world.url, proxy.url).replace(/\n {2}s3:[^]*/, "\n"),
  );
  const reader = new Clone(clone.config, { ...clone.environment, ...byReplay() }, temporaryFolder());
  expect(await reader.flywheel("check", "arc-runners", "--read-only")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`note +engine .*${notProven}`)),
  });
  expect(await reader.flywheel("plan", "arc-runners", "--read-only")).toMatchObject({ code: 0 });
  expect(proxy.seen.length).toBeGreaterThan(2);
  expect(changes(proxy)).toEqual([]);
});

const byReplay = () => ({
  FLYWHEEL_ENGINE: findEngine().path,
  FLYWHEEL_REPLAY: "1",
  TF_REATTACH_PROVIDERS: replay.reattach,
});

const onlyToRead = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:ListBucket", "s3:GetBucketVersioning"],
      Resource: ["arn:aws:s3:::*"],
    },
  ],
};

const emptyState = {
  version: 4,
  terraform_version: "1.11.4",
  serial: 3,
  lineage: "5f6c1d5e-7a0f-4a3e-9a52-0d9a8f4e2b11",
  outputs: {},
  resources: [],
};
