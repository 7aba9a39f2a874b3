import { buildTool } from "../../tools/build-tool";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server";
import { minio } from "../../tools/s3-servers";

/**
 * Starts MinIO on loopback; the first time on a machine it is built, for some minutes. It ends with this process, however that ends.
 * @throws UserError where it can't be built or started.
 */
export async function startMinio(options: S3ServerOptions = {}): Promise<S3Server> {
  const program = await buildTool(minio, options.progress ?? (() => undefined));
  return startS3Server(
    {
      program,
      args: ({ port, folder }) => ["server", "--quiet", "--address", `127.0.0.1:${port}`, folder],
      env: ({ accessKeyId, secretAccessKey }) => ({
        MINIO_ROOT_USER: accessKeyId,
        MINIO_ROOT_PASSWORD: secretAccessKey,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      }),
    },
    options,
  );
}
