import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand, type S3Client } from "@aws-sdk/client-s3";
import { defaultTimeouts, s3Client } from "../../authority/stores/s3-client";
import { freePort, isFree, type ServerProcess, startServerProcess } from "./server-process";

export interface S3ServerOptions {
  /** Where its data is. Default: a temporary folder that goes with the server. */
  readonly folder?: string;
  /** The bucket that is there once it started. Default: tofu-state. */
  readonly bucket?: string;
  /** Whether the bucket keeps versions. Default: true. */
  readonly versioned?: boolean;
  /** To start one again on its data: the same port and credentials. Default: a free port, random credentials. */
  readonly port?: number;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** An S3 server on loopback with one bucket. */
export interface S3Server {
  readonly endpoint: string;
  /** Of the process that the server is a child of. */
  readonly pid: number;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The variables that let the engines and us in. */
  readonly environment: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** A client of the test's or the lab's own; to be destroyed by who asked for it. */
  client(): S3Client;
  stop(): Promise<void>;
  /** `kill -9`; its data stay where a folder was given. */
  kill(): Promise<void>;
}

/** What differs between one server program and another. */
interface S3Program {
  readonly program: string;
  readonly args: (place: { port: number; folder: string }) => readonly string[];
  readonly env: (credentials: { accessKeyId: string; secretAccessKey: string }) => NodeJS.ProcessEnv;
}

const region = "us-east-1";

/**
 * Starts an S3 server, waits until it answers, and makes its bucket unless that is there. A port that was free can be taken before the
 * server has it; then another one is tried. @throws UserError where it doesn't start.
 */
export async function startS3Server(kind: S3Program, options: S3ServerOptions): Promise<S3Server> {
  if (options.port !== undefined) return startOn(options.port, kind, options);
  const port = await freePort();
  try {
    return await startOn(port, kind, options);
  } catch (error) {
    const other = await freePort();
    if (await isFree(port)) throw error;
    return startOn(other, kind, options);
  }
}

async function startOn(port: number, kind: S3Program, options: S3ServerOptions): Promise<S3Server> {
  const temporary = options.folder === undefined ? mkdtempSync(join(tmpdir(), "flywheel-s3-")) : undefined;
  const folder = temporary ?? options.folder ?? "";
  mkdirSync(folder, { recursive: true });
  const accessKeyId = options.accessKeyId ?? `lab${randomBytes(6).toString("hex")}`;
  const secretAccessKey = options.secretAccessKey ?? randomBytes(20).toString("hex");
  const endpoint = `http://127.0.0.1:${port}`;
  const removeFolder = () => temporary !== undefined && rmSync(temporary, { recursive: true, force: true });
  process.on("exit", removeFolder);
  const environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const bucket = options.bucket ?? "tofu-state";
  const client = () => s3Client({ endpoint, bucket, region, skipS3Checksum: false }, environment, defaultTimeouts);
  const { PATH, HOME } = process.env;
  let server: ServerProcess | undefined;
  const ended = (how: "stop" | "kill") => async () => {
    await server?.[how]();
    removeFolder();
    process.off("exit", removeFolder);
  };
  const [stop, kill] = [ended("stop"), ended("kill")];
  try {
    const args = kind.args({ port, folder });
    server = await startServerProcess({
      program: kind.program,
      args,
      env: { PATH, HOME, ...kind.env({ accessKeyId, secretAccessKey }) },
      folder,
      isReady: () => answers(endpoint),
    });
    await makeBucket(client(), bucket, options.versioned ?? true);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, pid: server.pid, bucket, region, accessKeyId, secretAccessKey, environment, client, stop, kill };
}

/** Any answer of HTTP will do: without a signature it is a refusal. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

async function makeBucket(client: S3Client, bucket: string, versioned: boolean): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof Error) || !/^BucketAlready/.test(error.name)) throw error;
  }
  if (versioned)
    await client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
  client.destroy();
}
