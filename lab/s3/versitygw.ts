import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { versitygw } from "../../tools/catalogue";
import { builtTool } from "../../tools/tool";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server";

/** Starts versitygw over files, with versions kept beside them. Its locks break in a versioned bucket: that is what it is for. */
export async function startVersitygw(options: S3ServerOptions = {}): Promise<S3Server> {
  const program = builtTool(versitygw);
  return startS3Server(
    {
      program,
      args: ({ port, folder }) => {
        for (const name of ["data", "versions"]) mkdirSync(join(folder, name), { recursive: true });
        return [
          "--port",
          `127.0.0.1:${port}`,
          "posix",
          "--versioning-dir",
          join(folder, "versions"),
          join(folder, "data"),
        ];
      },
      env: ({ accessKeyId, secretAccessKey }) => ({ ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey }),
    },
    options,
  );
}
