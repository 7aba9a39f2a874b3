import { StateRefusal } from "../../../authority/refusals";
import { StateObject } from "../../../authority/state/state-object";
import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { stateBytes } from "../support";

/** Several replicas over one bucket that know nothing of each other: together they are as good as one. */
jest.setTimeout(20 * 60_000);

const key = "dev/attic/terraform.tfstate";
let server: S3Server;
const stores: S3Store[] = [];

beforeAll(async () => {
  server = await startMinio();
  for (let replica = 0; replica < 3; replica += 1)
    stores.push(new S3Store({ ...server, skipS3Checksum: false, environment: server.environment }));
});
afterAll(async () => {
  for (const store of stores) store.close();
  await server.stop();
});

it("never has two holders, and loses no write", async () => {
  const perWriter = 5;
  let holders = 0;
  let refusals = 0;
  const writers = Array.from({ length: 12 }, async (_, writer) => {
    const authority = new StateObject(stores[writer % stores.length] ?? failed(), key);
    for (let round = 0; round < perWriter;) {
      const ID = `writer ${writer}, round ${round}, ${Math.random()}`;
      try {
        await authority.lock({
          ID,
          Operation: "",
          Info: "",
          Who: `writer ${writer}`,
          Version: "",
          Created: "2026-04-16T09:12:00Z",
          Path: "",
        });
      } catch (error) {
        if (!(error instanceof StateRefusal) || error.code !== "locked") throw error;
        refusals += 1;
        await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
        continue;
      }
      holders += 1;
      expect(holders).toBe(1);
      const serial = (await authority.read())?.serial ?? 0;
      await authority.write(stateBytes(serial + 1), ID);
      expect(holders).toBe(1);
      holders -= 1;
      await authority.unlock(ID);
      round += 1;
    }
  });
  await Promise.all(writers);
  expect(refusals).toBeGreaterThan(0);
  const [store] = stores;
  expect((await new StateObject(store ?? failed(), key).read())?.serial).toBe(12 * perWriter);
  expect(await store?.history(key)).toHaveLength(12 * perWriter);
  expect(await store?.history(`${key}.tflock`)).toEqual([]);
});

function failed(): never {
  throw new Error("there are stores");
}
