import { type Agent as TlsAgent } from "node:https";
import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type S3Contract } from "../../lib/backend/s3/contract";
import { homeFolder } from "../../lib/home";
import { agentFor } from "./connection";
import { credentialsFrom, type S3Credentials } from "./s3-credentials";

/** The bucket: a contract without its key. */
export type S3Place = Pick<S3Contract, "endpoint" | "bucket" | "region" | "skipS3Checksum" | "prefix">;

/** Milliseconds. A store that is silent for longer counts as one that is out. */
export interface S3Timeouts {
  /** Until a connection stands. */
  readonly connect: number;
  /** Without a byte in either direction. */
  readonly idle: number;
  /** For one operation with everything it repeats. */
  readonly total: number;
}

/** A 64 MiB state over a slow line gets through; a store that hangs is found out before the engines' own patience ends. */
export const defaultTimeouts: S3Timeouts = { connect: 5_000, idle: 20_000, total: 120_000 };

/** How a bucket's server is reached: who signs, and one pool of kept connections. */
export interface S3Access {
  readonly credentials: S3Credentials;
  readonly handler: NodeHttpHandler;
}

/** @throws UserError `no-credentials` where the environment names none. Nothing is asked of the server yet. */
export function s3Access(place: S3Place, environment: NodeJS.ProcessEnv, timeouts: S3Timeouts): S3Access {
  // One agent for http and https: all requests go to one endpoint.
  const agent = agentFor(place.endpoint, environment);
  return {
    credentials: credentialsFrom(environment),
    handler: new NodeHttpHandler({
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      httpAgent: agent,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- through a proxy it is no https.Agent by type, and makes TLS connections all the same
      httpsAgent: agent as TlsAgent,
    }),
  };
}

/** A client with connections of its own. @throws UserError `no-credentials` where the environment names none. */
export function s3Client(place: S3Place, environment: NodeJS.ProcessEnv, timeouts: S3Timeouts): S3Client {
  return s3ClientBy(place, s3Access(place, environment, timeouts));
}

/**
 * The AWS SDK's client for any S3-compatible server: path style, no retry of its own (a retry below us would hide that a conditional
 * write met itself), checksums only where the request type demands them (older servers refuse the SDK's default CRC32).
 */
export function s3ClientBy(place: S3Place, { credentials, handler }: S3Access): S3Client {
  // The version is pinned and package.json says which Node it takes: nothing that an operator could do about the warning.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // The SDK asks the system for this user's home whatever it is given, and fails where there is none; containers name it so.
  if (homeFolder() === undefined) process.env["HOME"] = "/";
  return new S3Client({
    endpoint: place.endpoint,
    region: place.region,
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: false,
    // Given, so that the SDK does not look for them in this machine's files.
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    requestHandler: handler,
  });
}
