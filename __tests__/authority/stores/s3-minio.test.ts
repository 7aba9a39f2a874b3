import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { itConformsAsObjectStore } from "./conformance";

// The first run on a machine builds MinIO.
jest.setTimeout(20 * 60_000);

let server: S3Server;
beforeAll(async () => (server = await startMinio()));
afterAll(() => server.stop());

/** MinIO keeps objects as files, so it takes no empty or dotted part of a key and none over 255 bytes. */
const refusedByMinio = (key: string): boolean =>
  key.startsWith("/") ||
  key.includes("//") ||
  key.split("/").some((part) => part === "." || part === ".." || part.length > 255);

describe("S3Store on MinIO, with versions", () => {
  itConformsAsObjectStore(
    async () => new S3Store({ ...server, skipS3Checksum: false, environment: server.environment }),
    { mayRefuse: refusedByMinio },
  );
});
