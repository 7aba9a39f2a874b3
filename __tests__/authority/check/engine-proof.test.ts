import { CreateBucketCommand, DeleteBucketCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { engineProof, provenWith } from "../../../authority/check/engine-proof";
import { systemClock } from "../../../authority/clock";
import { singleWriter } from "../../../authority/server/authenticate";
import { openStateStore } from "../../../authority/state/open-state-store";
import { MemoryStore } from "../../../authority/stores/memory";
import { startServer } from "../../../authority/server/server";
import { refusesChecksums } from "../../../lab/fault-proxy/faults";
import { type FaultProxy, startFaultProxy } from "../../../lab/fault-proxy/proxy";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { type StateContract } from "../../../lib/backend/contract";
import { httpContract } from "../../../lib/backend/http/contract";
import { scratchName } from "../../../lib/backend/scratch";
import { findEngines } from "../../support/engines";
import { startGitLab } from "../stores/gitlab";

const stack = { id: "attic", stateName: "attic-dev" };
const prove = (contract: StateContract, environment: NodeJS.ProcessEnv) =>
  engineProof({ stack, contract, environment, clock: systemClock });

describe.each(findEngines().map(({ name, path }) => [name, path]))("%s", (_name, path) => {
  const base = { PATH: process.env["PATH"], HOME: process.env["HOME"], FLYWHEEL_ENGINE: path };

  describe("in a bucket", () => {
    let minio: S3Server;
    let proxy: FaultProxy;
    beforeAll(async () => {
      minio = await startMinio();
      proxy = await startFaultProxy(minio.endpoint);
    });
    afterAll(async () => {
      await proxy.close();
      await minio.stop();
    });
    const contract = (more: Partial<Extract<StateContract, { type: "s3" }>> = {}): StateContract => ({
      type: "s3",
      endpoint: proxy.url,
      bucket: minio.bucket,
      region: minio.region,
      key: "attic/terraform.tfstate",
      useLockfile: true,
      skipS3Checksum: false,
      ...more,
    });

    it("proves the lock, and leaves nothing", async () => {
      proxy.choose(() => "pass");
      expect(await prove(contract(), { ...base, ...minio.environment })).toMatchObject({
        name: "engine",
        status: "ok",
      });
      const store = openStateStore(contract(), { ...base, ...minio.environment });
      expect(await store.read()).toBeUndefined();
      store.close();
      expect(
        proxy.seen.filter((asked) => !asked.includes(".flywheel/probe/") && /^(PUT|POST|DELETE)/.test(asked)),
      ).toEqual([]);
      const written = proxy.seen.filter((asked) => asked.startsWith("PUT")).length;
      const removed = proxy.seen.filter((asked) => asked.startsWith("DELETE") && asked.includes("versionId")).length;
      expect(removed).toBeGreaterThanOrEqual(written);
    });

    it("proves it in a bucket without versions, too, and leaves nothing", async () => {
      proxy.choose(() => "pass");
      const client = minio.client();
      await client.send(new CreateBucketCommand({ Bucket: "without-versions" }));
      const line = await prove(contract({ bucket: "without-versions" }), { ...base, ...minio.environment });
      expect(line).toMatchObject({ name: "engine", status: "ok" });
      const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: "without-versions" }));
      await client.send(new DeleteBucketCommand({ Bucket: "without-versions" }));
      client.destroy();
      expect(KeyCount).toBe(0);
    });

    it("fails where a held lock stops nobody", async () => {
      proxy.choose(() => "pass");
      const line = await prove(contract({ useLockfile: false }), { ...base, ...minio.environment });
      expect(line).toMatchObject({ status: "failed", problems: [{ code: "engine-does-not-lock" }] });
    });

    it("fails where the server refuses the engine's checksums, and holds with skip_s3_checksum", async () => {
      proxy.choose(refusesChecksums());
      const refused = await prove(contract(), { ...base, ...minio.environment });
      expect(refused).toMatchObject({
        status: "failed",
        problems: [{ code: "engine-cannot", remedy: expect.stringContaining("skip_s3_checksum") }],
      });
      const accepted = await prove(contract({ skipS3Checksum: true }), { ...base, ...minio.environment });
      expect(accepted).toMatchObject({ status: "ok" });
    });
  });

  it("behind our own server works on the state that it keeps for checks, and on no other", async () => {
    const store = new MemoryStore();
    const server = await startServer({
      listen: { host: "127.0.0.1", port: 0 },
      states: [{ name: "attic-dev", key: "attic.tfstate", id: "attic" }],
      store,
      authenticator: singleWriter("ann", "secret"),
      log: { write: () => undefined },
    });
    const contract = httpContract({ address: `${server.url}/state/attic-dev` });
    const environment = { ...base, TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "secret" };
    expect(await prove(contract, environment)).toMatchObject({ status: "ok" });
    expect(await store.read("attic.tfstate")).toBeUndefined();
    const scratch = openStateStore(httpContract({ address: `${server.url}/state/${scratchName}` }), environment);
    expect(await scratch.read()).toBeUndefined();
    await server.close();
  });
});

it("writes nothing on a server that is not ours", async () => {
  const server = await startGitLab({ refusal: 423, user: "ann", password: "secret" });
  const contract = httpContract({ address: server.address });
  const environment = { ...process.env, TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "secret" };
  const name = new URL(server.address).pathname.split("/").at(-1) ?? "";
  const line = await engineProof({
    stack: { id: "attic", stateName: name },
    contract,
    environment,
    clock: systemClock,
  });
  expect(line).toMatchObject({ status: "note", detail: expect.stringContaining("not proven") });
  await server.close();
});

it("is made once for a bucket and its settings", () => {
  const s3 = (key: string, more: object = {}): StateContract => ({
    type: "s3",
    endpoint: "https://s3.example.org",
    bucket: "b",
    region: "us-east-1",
    key,
    useLockfile: true,
    skipS3Checksum: false,
    ...more,
  });
  expect(provenWith(s3("a"), "attic-dev", systemClock)).toBe(provenWith(s3("b"), "arc-runners-dev", systemClock));
  expect(provenWith(s3("a"), "attic-dev", systemClock)).not.toBe(
    provenWith(s3("a", { skipS3Checksum: true }), "attic-dev", systemClock),
  );
});
