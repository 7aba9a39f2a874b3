import { existsSync } from "node:fs";
import { type Agent as TlsAgent } from "node:https";
import { join } from "node:path";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { fromIni } from "@aws-sdk/credential-provider-ini";
import { type S3Contract } from "../../lib/backend/s3/contract";
import { isRecord } from "../../lib/config/kind";
import { digestOf } from "../../lib/digests";
import { homeFolder } from "../../lib/home";
import { agentFor } from "./connection";
import { noCredentials } from "./refusals";

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

/**
 * The AWS SDK's client for any S3-compatible server: path style, one pool of kept connections, no retry of its own (a retry
 * below us would hide that a conditional write met itself), checksums only where the request type demands them (older servers
 * refuse the SDK's default CRC32).
 * @throws UserError `no-credentials` where the environment names none.
 */
export function s3Client(place: S3Place, environment: NodeJS.ProcessEnv, timeouts: S3Timeouts): S3Client {
  // The version is pinned and package.json says which Node it takes: nothing that an operator could do about the warning.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // The SDK asks the system for this user's home whatever it is given, and fails where there is none; containers name it so.
  if (homeFolder() === undefined) process.env["HOME"] = "/";
  // One place, so one way there, whichever scheme it has.
  const agent = agentFor(place.endpoint, environment);
  const client = new S3Client({
    endpoint: place.endpoint,
    region: place.region,
    forcePathStyle: true,
    credentials: credentialsFrom(environment),
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: false,
    // Given, so that the SDK does not look for them in this machine's files.
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    requestHandler: {
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      httpAgent: agent,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- through a proxy it is no https.Agent by type, and makes TLS connections all the same
      httpsAgent: agent as TlsAgent,
    },
  });
  // The signature covers the body's sha256, which is known here: the SDK would compute it once more.
  client.middlewareStack.add(
    (next) => async (args) => {
      const request: unknown = args.request;
      if (isRecord(request) && Buffer.isBuffer(request["body"]) && isRecord(request["headers"]))
        Object.assign(request["headers"], {
          "x-amz-content-sha256": digestOf(request["body"], "sha256").toString("hex"),
        });
      return next(args);
    },
    { step: "build", name: "signedByKnownSum" },
  );
  return client;
}

/**
 * AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, else the profile AWS_PROFILE (or `default`, where ~/.aws has files). Never the
 * SDK's whole chain: that ends in a look-up in the network, and a mistyped profile would become somebody else's identity.
 */
function credentialsFrom(environment: NodeJS.ProcessEnv): S3ClientConfig["credentials"] {
  const value = (name: string) => environment[name] || undefined;
  const accessKeyId = value("AWS_ACCESS_KEY_ID");
  const secretAccessKey = value("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken: value("AWS_SESSION_TOKEN") };
  const half =
    accessKeyId !== undefined
      ? "AWS_ACCESS_KEY_ID"
      : secretAccessKey !== undefined
        ? "AWS_SECRET_ACCESS_KEY"
        : undefined;
  if (half !== undefined) throw noCredentials(`only ${half} is set`);
  // Without a home they are nowhere, which is not a reason to fail.
  const folder = join(homeFolder(environment) ?? "/nonexistent", ".aws");
  const filepath = value("AWS_SHARED_CREDENTIALS_FILE") ?? join(folder, "credentials");
  const configFilepath = value("AWS_CONFIG_FILE") ?? join(folder, "config");
  const profile = value("AWS_PROFILE");
  if (profile === undefined && !existsSync(filepath) && !existsSync(configFilepath))
    throw noCredentials("no S3 credentials in the environment");
  return fromIni({ profile: profile ?? "default", filepath, configFilepath });
}
