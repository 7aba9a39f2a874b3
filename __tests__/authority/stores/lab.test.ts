import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { lockKey, marshalLockInfo } from "../../../authority/state/lock-info";
import { StateObject } from "../../../authority/state/state-object";
import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { startServerProcess } from "../../../lab/s3/server-process";
import { startVersitygw } from "../../../lab/s3/versitygw";
import { repositoryRoot } from "../../../lib/root";
import { lockInfo, temporaryFolder, until } from "../support";

/** The lab's S3 servers: they keep data where they are told to, and end with whoever started them. */
jest.setTimeout(25 * 60_000);

const info = lockInfo("5f1c0de0-0000-4000-8000-000000000001", { Path: "x" });

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

it("MinIO keeps its data from one start to the next", async () => {
  const folder = temporaryFolder();
  const first = await startMinio({ folder });
  const store = new S3Store({ ...first, skipS3Checksum: false, environment: first.environment });
  await store.create("kept", Buffer.from("one"));
  await first.stop();
  expect(await answers(first.endpoint)).toBe(false);
  const again = await startMinio({
    folder,
    port: Number(new URL(first.endpoint).port),
    accessKeyId: first.accessKeyId,
    secretAccessKey: first.secretAccessKey,
  });
  expect((await store.read("kept"))?.bytes.toString()).toBe("one");
  store.close();
  await again.stop();
});

it("a server that exits at once is told at once, with what it said", async () => {
  const started = Date.now();
  const server = startServerProcess({
    program: "/bin/sh",
    args: ["-c", "echo no disk >&2; exit 3"],
    env: {},
    folder: temporaryFolder(),
    isReady: async () => false,
  });
  await expect(server).rejects.toMatchObject({
    problems: [{ code: "server-not-started", what: expect.stringContaining("no disk") }],
  });
  expect(Date.now() - started).toBeLessThan(5_000);
});

it("MinIO ends with its starter, even one that was killed", async () => {
  const script = `require("./bin/load.cjs").load("lab/s3/minio.ts").startMinio({ folder: process.argv[1] }).then((server) => console.log(server.endpoint))`;
  const starter = spawn(process.execPath, ["-e", script, "--", temporaryFolder()], {
    cwd: repositoryRoot,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [endpoint] = await once(createInterface({ input: starter.stdout }), "line");
  expect(await answers(String(endpoint))).toBe(true);
  starter.kill("SIGKILL");
  await until("MinIO is gone", async () => !(await answers(String(endpoint))));
});

it("versitygw takes our locks in a versioned bucket, and breaks after an engine's unlock: we say what is wrong", async () => {
  const server = await startVersitygw();
  const store = new S3Store({ ...server, skipS3Checksum: false, environment: server.environment });
  const client = server.client();
  try {
    const authority = new StateObject(store, "attic/terraform.tfstate");
    for (let round = 0; round < 3; round += 1) {
      await authority.lock(info);
      await expect(authority.lock({ ...info, ID: "another" })).rejects.toMatchObject({ code: "locked" });
      await authority.unlock(info.ID);
    }
    const Key = lockKey("attic/terraform.tfstate");
    await client.send(
      new PutObjectCommand({ Bucket: server.bucket, Key, Body: marshalLockInfo(info), IfNoneMatch: "*" }),
    );
    await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key }));
    await expect(authority.lock(info)).rejects.toMatchObject({
      code: "lock-create-broken",
      message: expect.stringContaining("delete markers"),
    });
  } finally {
    client.destroy();
    store.close();
    await server.stop();
  }
});
