import { S3Store } from "../../../authority/stores/s3";
import { startMoto } from "../../../lab/s3/moto";
import { type S3Server } from "../../../lab/s3/s3-server";
import { itConformsAsObjectStore } from "./conformance";

// The first run on a machine installs moto.
jest.setTimeout(10 * 60_000);

let server: S3Server;
beforeAll(async () => (server = await startMoto()));
afterAll(() => server.stop());

describe("S3Store on moto, with versions", () => {
  itConformsAsObjectStore(
    async () => new S3Store({ ...server, skipS3Checksum: false, environment: server.environment }),
  );
});
