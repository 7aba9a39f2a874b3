import { minio } from "../../tools/catalogue";
import { builtTool } from "../../tools/tool";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server";

/**
 * Starts MinIO on loopback. It ends with this process, however that ends.
 * @throws UserError where it is not built (`tool-missing`) or does not start.
 */
export async function startMinio(options: S3ServerOptions = {}): Promise<S3Server> {
  const program = builtTool(minio);
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
