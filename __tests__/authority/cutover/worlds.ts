import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { RealWorld } from "./real";

/** Starts worlds over one MinIO of a test file. All of it is stopped with the file. */
export function worldsOverMinio(): (options?: Parameters<typeof RealWorld.start>[1]) => Promise<RealWorld> {
  let minio: S3Server;
  const worlds: RealWorld[] = [];
  beforeAll(async () => {
    minio = await startMinio();
  });
  afterAll(async () => {
    for (const world of worlds) world.stop();
    await minio.stop();
  });
  return async (options) => {
    const world = await RealWorld.start(minio, options);
    worlds.push(world);
    return world;
  };
}
