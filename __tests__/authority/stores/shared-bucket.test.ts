import { readFileSync, writeFileSync } from "node:fs";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { S3Bucket } from "../../../authority/stores/s3-bucket";
import { limitedKey, onlyBelow } from "../../../lab/s3/limited-key";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { startReplay } from "../../../planning/replay/server";
import { findEngine } from "../../support/engines";
import { keyPair } from "../backup/support";
import { Clone, RealWorld, stateText } from "../cutover/real";
import { send, temporaryFolder } from "../support";

/** A bucket that others share: the only key there is may do nothing outside `org-a/`. */
jest.setTimeout(8 * 60_000);

const prefix = "org-a";
/** What another organisation has in the same bucket, at the names that a bucket of our own would have. */
const others = { ".flywheel/authority.json": '{"authority":"of-the-others"}', "dev/arc-runners": stateText(7) };
let minio: S3Server;
let world: RealWorld;
let replay: Awaited<ReturnType<typeof startReplay>>;

/** Every object of the bucket, with its owner's key. */
async function objects(): Promise<ReadonlyMap<string, string>> {
  const bucket = new S3Bucket({ ...minio, skipS3Checksum: false }, minio.environment);
  const found = new Map<string, string>();
  for (const { key } of await bucket.list()) found.set(key, String((await bucket.get(key))?.bytes));
  bucket.close();
  return found;
}

beforeAll(async () => {
  [minio, replay] = await Promise.all([startMinio(), startReplay()]);
  const client = minio.client();
  for (const [Key, Body] of Object.entries(others))
    await client.send(new PutObjectCommand({ Bucket: minio.bucket, Key, Body }));
  client.destroy();
  const bucketKey = { ...(await limitedKey(minio, onlyBelow(minio.bucket, prefix))) };
  world = await RealWorld.start(minio, { prefix, bucketKey });
});
afterAll(async () => {
  world.stop();
  replay.close();
  await minio.stop();
});

it("every command works below the prefix, and nothing above it is listed, read or written", async () => {
  const { recipient, file: identity } = await keyPair();
  const clone = new Clone(
    world.clone.config,
    {
      ...world.clone.environment,
      FLYWHEEL_ENGINE: findEngine().path,
      FLYWHEEL_REPLAY: "1",
      TF_REATTACH_PROVIDERS: replay.reattach,
    },
    temporaryFolder(),
  );
  const works = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await clone.flywheel(...args);
    if (code !== 0) throw new Error(`flywheel ${args.join(" ")}: ${String(code)}\n${stdout}\n${stderr}`);
    return stdout;
  };
  const authority = (JSON.parse(await works("register", "--authority", "--json")) as { authority: string }).authority;
  const text = readFileSync(clone.organizationFile, "utf8");
  const backups = temporaryFolder();
  writeFileSync(
    clone.organizationFile,
    text
      .replace("    bucket:", `    authority: ${authority}\n    bucket:`)
      .trimEnd()
      .concat(`\n  backup: {target: {directory: ${backups}}, recipients: [${recipient}]}\n`),
  );
  await works("register", "arc-runners", "--new");
  // The question for versioning is about the whole bucket: a write shows it.
  expect(await works("check")).toMatch(/versioning .* on: a write got a version id/);
  await works("apply", "arc-runners", "--auto-approve");
  await works("cutover", "arc-runners", "--to", "s3");
  expect(await works("check")).not.toMatch(/lies outside/);
  expect(await works("plan", "arc-runners")).toMatch(/No changes/);
  await works("freeze", "all", "--why", "a test");
  await works("thaw", "all");
  expect(await works("status")).toContain(`s3://${minio.bucket}/${world.key}`);
  expect(await works("history", "arc-runners")).toMatch(/serial/i);
  await works("backup");
  await works("restore-drill", "--identity", identity);

  const now = await objects();
  for (const [key, bytes] of Object.entries(others)) expect(now.get(key)).toBe(bytes);
  const own = [...now.keys()].filter((key) => !Object.hasOwn(others, key));
  expect(own.filter((key) => !key.startsWith(`${prefix}/`))).toEqual([]);
  expect(own).toContain(`${prefix}/.flywheel/authority.json`);
  expect(own.some((key) => key.startsWith(`${prefix}/.flywheel/backups/arc-runners-dev/`))).toBe(true);
});

it("a server of ours works in it, too", async () => {
  const { child } = world.clone.start("serve", "--listen", "127.0.0.1:0", "--store", "s3");
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      const found = /listening on (\S+)/.exec((said += String(chunk)))?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("close", () => reject(new Error(said)));
  });
  const auth = "ann:secret";
  expect(await send("GET", `${url}/state/arc-runners-dev`, { auth })).toMatchObject({ status: 200 });
  // Its state for checks lies below the prefix.
  expect(await send("GET", `${url}/state/_scratch`, { auth })).toMatchObject({ status: 404 });
  expect(await send("GET", `${url}/freeze`, { auth })).toMatchObject({ status: 404 });
});

it("a key outside the prefix that this key may not read is not looked at, and never taken for absent", async () => {
  const clone = world.clone.copy();
  const text = readFileSync(clone.organizationFile, "utf8").replace(/ {4}key: .*\n/, '    key: "{env}/{stack}"\n');
  writeFileSync(clone.organizationFile, text.replace("backend: http", "backend: s3"));
  writeFileSync(clone.ledgerFile, "states: []\n");
  const refused = await clone.flywheel("register", "arc-runners", "--new");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/AccessDenied/) });
  expect(clone.ledger).toBe("states: []\n");
});
