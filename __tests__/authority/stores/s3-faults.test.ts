import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { lockKey, marshalLockInfo } from "../../../authority/state/lock-info";
import { StoreConflict, StoreTimeout, StoreUnavailable } from "../../../authority/stores/object-store";
import { StateObject } from "../../../authority/state/state-object";
import { lockingProof } from "../../../authority/check/locking-proof";
import { systemClock } from "../../../authority/clock";
import { S3Bucket } from "../../../authority/stores/s3-bucket";
import { S3Store, type S3StoreOptions } from "../../../authority/stores/s3";
import { type FaultProxy, startFaultProxy } from "../../../lab/fault-proxy/proxy";
import { startMinio } from "../../../lab/s3/minio";
import { freePort } from "../../../lab/s3/server-process";
import { type S3Server } from "../../../lab/s3/s3-server";
import { lockInfo, stateBytes } from "../support";

/** What an S3Store makes of a store that fails, against a real MinIO with a proxy in front that damages what passes. */
jest.setTimeout(20 * 60_000);

let server: S3Server;
let proxy: FaultProxy;
let client: S3Client;
let store: S3Store;
let counter = 0;
const opened: S3Store[] = [];
const text = (value: string): Buffer => Buffer.from(value);
const freshKey = (name = "terraform.tfstate"): string => `faults/${(counter += 1)}/${name}`;
const impatient = { connect: 1_000, idle: 400, total: 1_500 };

function open(options: Partial<S3StoreOptions> = {}): S3Store {
  const made = new S3Store({
    ...server,
    endpoint: proxy.url,
    skipS3Checksum: false,
    environment: server.environment,
    ...options,
  });
  opened.push(made);
  return made;
}

beforeAll(async () => {
  server = await startMinio();
  proxy = await startFaultProxy(server.endpoint);
  client = server.client();
  store = open();
});
afterEach(() => proxy.choose(() => "pass"));
afterAll(async () => {
  for (const made of opened) made.close();
  client.destroy();
  await proxy.close();
  await server.stop();
});

/** Every method fails with StoreUnavailable, and the message has all of `parts`. */
async function expectOutage(broken: S3Store, ...parts: readonly string[]): Promise<void> {
  const key = freshKey();
  const calls = [
    () => broken.read(key),
    () => broken.create(key, text("x")),
    () => broken.replace(key, text("x"), '"1"'),
    () => broken.remove(key, '"1"'),
    () => broken.history(key),
    () => broken.readVersion(key, "0a0b0c0d-0000-4000-8000-000000000001"),
  ];
  for (const call of calls) {
    const error: unknown = await call().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StoreUnavailable);
    for (const part of parts) expect(String(error)).toContain(part);
  }
}

describe("an outage is never an empty state", () => {
  it("NoSuchBucket", async () => expectOutage(open({ bucket: "tofu-lost" }), "tofu-lost", proxy.url, "NoSuchBucket"));
  it("a wrong secret", async () =>
    expectOutage(
      open({ environment: { ...server.environment, AWS_SECRET_ACCESS_KEY: "wrong" } }),
      "SignatureDoesNotMatch",
    ));
  it("an unknown access key", async () =>
    expectOutage(open({ environment: { ...server.environment, AWS_ACCESS_KEY_ID: "nobody" } }), "InvalidAccessKeyId"));
  it("nobody listens", async () =>
    expectOutage(open({ endpoint: `http://127.0.0.1:${await freePort()}` }), "ECONNREFUSED"));
  it.each([
    ["a 404 that is not S3's", { status: 404, body: "<html>not here</html>" }, "404"],
    ["an empty 404", { status: 404, body: "" }, "404"],
    ["a 503", { status: 503, body: "" }, "503"],
    [
      "a 500 with S3's error",
      { status: 500, body: "<Error><Code>InternalError</Code><Message>disk</Message></Error>" },
      "InternalError",
    ],
    ["a 403", { status: 403, body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>" }, "AccessDenied"],
  ] as const)("%s", async (_name, fault, part) => {
    proxy.choose(() => fault);
    await expectOutage(store, part);
  });
  it("a page where S3's answer should be", async () => {
    proxy.choose(() => ({ status: 200, body: "<html>log in</html>" }));
    await expect(store.read(freshKey())).rejects.toThrow(StoreUnavailable);
  });

  it("a server that hangs, within the time it was given", async () => {
    const hanging = open({ timeouts: impatient });
    proxy.choose(() => "hang");
    for (const call of [() => hanging.read(freshKey()), () => hanging.create(freshKey(), text("x"))]) {
      const started = Date.now();
      await expect(call()).rejects.toThrow(StoreTimeout);
      expect(Date.now() - started).toBeLessThan(2 * impatient.total + 1_000);
    }
  });

  it.each(["cut", "shorten"] as const)("a body that is %s, ours or an engine's", async (fault) => {
    const key = freshKey();
    const created = await store.create(key, text("a state of some length"));
    const foreign = freshKey();
    await client.send(
      new PutObjectCommand({
        Bucket: server.bucket,
        Key: foreign,
        Body: "another state of some length",
        ChecksumAlgorithm: "SHA256",
      }),
    );
    proxy.choose((request) => (request.method === "GET" && !request.path.includes("versions") ? fault : "pass"));
    await expect(store.read(key)).rejects.toThrow(StoreUnavailable);
    await expect(store.read(foreign)).rejects.toThrow(StoreUnavailable);
    await expect(store.remove(key, created)).rejects.toThrow(StoreUnavailable);
  });

  it("is over when the server is well again, after one hiccup at once", async () => {
    const key = freshKey();
    proxy.choose((_request, number) =>
      number === 1 ? { status: 503, body: "<Error><Code>SlowDown</Code></Error>" } : "pass",
    );
    const version = await store.create(key, text("one"));
    proxy.choose((_request, number) => (number === 1 ? { status: 503, body: "" } : "pass"));
    expect((await store.read(key))?.version).toBe(version);
  });
});

describe("the bucket's identity", () => {
  it("is given once, and everybody agrees on it", async () => {
    const given = await Promise.all(Array.from({ length: 8 }, () => store.giveIdentity()));
    expect(given.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(given.map(({ authority }) => authority)).size).toBe(1);
    expect(await store.identity()).toBe(given[0]?.authority);
  });

  it("lets the right bucket through", async () => {
    const { authority } = await store.giveIdentity();
    const right = open({ authority });
    const key = freshKey();
    expect(await right.read(key)).toBeUndefined();
    expect((await right.read(key))?.bytes).toBeUndefined();
    await right.create(key, text("one"));
    expect((await right.read(key))?.bytes).toEqual(text("one"));
  });

  it("does not take a re-created bucket for an empty one", async () => {
    const { authority } = await store.giveIdentity();
    await client.send(new CreateBucketCommand({ Bucket: "tofu-again" }));
    await expectOutage(open({ authority, bucket: "tofu-again" }), "re-created bucket or the wrong endpoint");
    await expectOutage(
      open({ authority: "another-authority" }),
      "another-authority",
      "re-created bucket or the wrong endpoint",
    );
  });

  it("notices at the next absence, whatever was seen before", async () => {
    const { authority } = await store.giveIdentity();
    const right = open({ authority });
    const key = freshKey();
    await right.create(key, text("one"));
    // The index is gone: every object is NoSuchKey now.
    proxy.choose((request) =>
      request.method === "GET"
        ? { status: 404, body: "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>" }
        : "pass",
    );
    await expect(right.read(key)).rejects.toThrow("re-created bucket or the wrong endpoint");
  });
});

describe("a reply that is lost", () => {
  it.each(["lose-reply", "twice"] as const)(
    "of a create or replace: %s meets its own write and knows it",
    async (fault) => {
      const key = freshKey();
      const once = (): void =>
        proxy.choose((request, number) => (request.method === "PUT" && number === 1 ? fault : "pass"));
      once();
      const created = await store.create(key, text("one"), { writer: "ann" });
      expect(await store.read(key)).toEqual({ bytes: text("one"), version: created, writer: "ann" });
      once();
      const replaced = await store.replace(key, text("two"), created);
      expect((await store.read(key))?.version).toBe(replaced);
      await expect(store.create(key, text("three"))).rejects.toThrow(StoreConflict);
    },
  );

  it("is somebody else's write even where the bytes are the same", async () => {
    const key = freshKey();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.create(key, text("the very same"))),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("leaves it open where somebody else wrote since: unavailable, not a conflict", async () => {
    const key = freshKey();
    proxy.choose((request, number) =>
      request.method !== "PUT"
        ? "pass"
        : number === 1
          ? { status: 503, body: "" }
          : { before: () => put(key, "foreign") },
    );
    await expect(store.create(key, text("ours"))).rejects.toThrow(StoreUnavailable);
    expect((await store.read(key))?.bytes).toEqual(text("foreign"));
  });

  it("of a lock that another holds is a lock that another holds, at once, and never an outage", async () => {
    const key = freshKey();
    await new StateObject(store, key).lock(lockInfo("first"));
    // One that has not seen it held, so that it tries.
    const state = new StateObject(store, key);
    // As RustFS does where many ask for one lock: an error of its own, and slowly.
    let puts = 0;
    proxy.choose((request) => {
      if (request.method !== "PUT") return "pass";
      puts += 1;
      return { status: 500, body: "<Error><Code>InternalError</Code></Error>" };
    });
    await expect(state.lock(lockInfo("second"))).rejects.toMatchObject({ code: "locked", holder: { ID: "first" } });
    expect(puts).toBe(1);
    await state.lock(lockInfo("first"));
    // Nobody holds it: then it is the store that is out.
    await expect(new StateObject(store, freshKey()).lock(lockInfo("third"))).rejects.toThrow(StoreUnavailable);
    // The 500 came after the lock was written.
    proxy.choose((request, number) => (request.method === "PUT" && number === 1 ? "lose-reply" : "pass"));
    const fresh = new StateObject(store, freshKey());
    await fresh.lock(lockInfo("fourth"));
    expect((await fresh.holder())?.ID).toBe("fourth");
  });

  it("of a removal", async () => {
    for (const name of ["terraform.tfstate", "terraform.tfstate.tflock"]) {
      const key = freshKey(name);
      const version = await store.create(key, text("one"));
      proxy.choose((request) =>
        request.method === "DELETE" && proxy.seen.filter((line) => line.startsWith("DELETE")).length === 1
          ? "lose-reply"
          : "pass",
      );
      await store.remove(key, version);
      expect(await store.read(key)).toBeUndefined();
    }
  });
});

describe("a write between comparing and removing", () => {
  const during = (key: string, bytes: string): void => {
    let done = false;
    proxy.choose((request) => {
      if (request.method !== "DELETE" || done) return "pass";
      done = true;
      return { before: () => put(key, bytes) };
    });
  };

  it("is taken back from under the delete marker of a state", async () => {
    const key = freshKey();
    const version = await store.create(key, text("one"));
    during(key, "foreign");
    await expect(store.remove(key, version)).rejects.toThrow(StoreConflict);
    expect((await store.read(key))?.bytes).toEqual(text("foreign"));
  });

  it("is not touched where a lock is removed", async () => {
    const key = freshKey("terraform.tfstate.tflock");
    const version = await store.create(key, text("ours"));
    during(key, "foreign");
    await store.remove(key, version);
    expect((await store.read(key))?.bytes).toEqual(text("foreign"));
  });
});

describe("locks", () => {
  const info = lockInfo("5f1c0de0-0000-4000-8000-000000000001", { Path: "x" });

  it("leave neither versions nor delete markers behind", async () => {
    const key = freshKey();
    const authority = new StateObject(store, key);
    for (let round = 0; round < 5; round += 1) {
      await authority.lock(info);
      await authority.unlock(info.ID);
    }
    expect(await store.history(lockKey(key))).toEqual([]);
  });

  it("of an engine at the other door are seen, and can be broken", async () => {
    const key = freshKey();
    const authority = new StateObject(store, key);
    await put(lockKey(key), marshalLockInfo(info).toString());
    await expect(authority.lock({ ...info, ID: "another" })).rejects.toMatchObject({ code: "locked", holder: info });
    await authority.unlock(info.ID);
    await authority.lock({ ...info, ID: "another" });
    // The engine's unlock: a DELETE without a version.
    await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: lockKey(key) }));
    await authority.lock(info);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: server.bucket, Key: lockKey(key) }));
    expect(await Body?.transformToString()).toBe(marshalLockInfo(info).toString());
  });
});

it("the proof of the lock tells what the server answered that is neither yes nor no", async () => {
  const place = { ...server, endpoint: proxy.url, skipS3Checksum: false };
  const bucket = new S3Bucket(place, server.environment);
  proxy.choose((request, number) =>
    request.method === "PUT" && number <= 3
      ? { status: 500, body: "<Error><Code>InternalError</Code></Error>" }
      : request.method === "PUT" && number <= 5
        ? { status: 503, body: "<Error><Code>SlowDown</Code></Error>" }
        : "pass",
  );
  const [race, ...others] = await lockingProof({ bucket, clock: systemClock });
  expect(race?.status).toBe("ok");
  expect(race?.detail).toMatch(
    /; meanwhile it gave 3 x 500 InternalError, 2 x 503 SlowDown, the slowest after \d+ ms$/,
  );
  for (const { status, detail } of others)
    expect([status, detail]).toEqual(["ok", expect.not.stringContaining("meanwhile")]);
  bucket.close();
});

it("removes no state from a bucket without versions, but its locks", async () => {
  await client.send(new CreateBucketCommand({ Bucket: "tofu-plain" }));
  const plain = open({ bucket: "tofu-plain" });
  const key = freshKey();
  const version = await plain.create(key, stateBytes(1));
  await expect(plain.remove(key, version)).rejects.toMatchObject({ problems: [{ code: "bucket-not-versioned" }] });
  expect((await plain.read(key))?.bytes).toEqual(stateBytes(1));
  await plain.remove(lockKey(key), await plain.create(lockKey(key), text("{}")));
  expect(await plain.read(lockKey(key))).toBeUndefined();
  await plain.create(lockKey(key), text("{}"));
});

async function put(key: string, body: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: body }));
}
