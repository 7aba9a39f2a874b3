import { moto } from "../../tools/catalogue";
import { builtTool } from "../../tools/tool";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server";

/** Starts moto, AWS's interfaces in memory: for tests of what a second implementation of S3 does. @throws UserError as startMinio */
export async function startMoto(options: S3ServerOptions = {}): Promise<S3Server> {
  const program = builtTool(moto);
  return startS3Server(
    {
      program,
      args: ({ port }) => ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
      env: () => ({}),
    },
    options,
  );
}
