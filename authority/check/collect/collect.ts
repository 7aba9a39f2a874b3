import {
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3ServiceException,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type S3Place } from "../../stores/s3-client";
import { agentFor } from "../../stores/connection";
import { exchange } from "../../stores/http-request";
import { type Clock } from "../../clock";
import { withClient } from "../evidence/ask";
import { cleaner } from "./clean";
import { type Attachment, namesOn, readAttachment } from "./attachments";

/** One question to the store, and what it said. */
interface Asked {
  readonly asked: string;
  readonly at: string;
  readonly milliseconds: number;
  readonly status?: number;
  /** S3's own code and words where it refused, or why there was no answer. */
  readonly error?: string;
  readonly requestId?: string;
  /** What it said where it answered: names, counts and dates, never an object's bytes. */
  readonly answer?: string;
}

/** What is to be known of a store before anybody restarts it. */
export interface Collected {
  readonly version: 1;
  readonly at: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly expected_authority: string | null;
  readonly store: readonly Asked[];
  /** Names, sizes and dates below the store's own folder, where that is here. */
  readonly disk?: readonly string[];
  /** Files that were given, such as what kubectl printed, without secrets. */
  readonly attached: readonly Attachment[];
}

export interface CollectOptions {
  readonly place: S3Place;
  /** The key of the bucket's identity, and `state.s3.authority`. */
  readonly identityKey: string;
  readonly authority?: string;
  /** The keys of states. */
  readonly keys: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** The store's folder on this machine. */
  readonly disk?: string;
  readonly attach: readonly string[];
  readonly clock: Clock;
  readonly progress: (line: string) => void;
}

/** Asks everything once, whatever is answered: an outage is what is wanted here, never a failure. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { place, clock, environment, progress, authority } = options;
  const clean = cleaner(environment);
  const attached = options.attach.map((file) => readAttachment(file, clean));
  const disk = options.disk === undefined ? undefined : namesOn(options.disk);
  const store: Asked[] = [];
  await withClient(place, environment, async (client) => {
    for (const [asked, request] of questions(client, options)) {
      progress(`asking: ${asked}`);
      const started = clock.now();
      const said = await answerOf(request);
      const error = said.error === undefined ? {} : { error: clean(said.error) };
      const answer = said.answer === undefined ? {} : { answer: clean(said.answer) };
      store.push({
        asked,
        at: started.toISOString(),
        milliseconds: clock.now().getTime() - started.getTime(),
        ...said,
        ...error,
        ...answer,
      });
    }
  });
  return {
    version: 1,
    at: clock.now().toISOString(),
    endpoint: place.endpoint,
    bucket: place.bucket,
    expected_authority: authority ?? null,
    store,
    ...(disk === undefined ? {} : { disk }),
    attached,
  };
}

type Said = Omit<Asked, "asked" | "at" | "milliseconds">;
type Request = (abortSignal: AbortSignal) => Promise<Said>;

const patience = 15_000;

function questions(client: S3Client, options: CollectOptions): readonly (readonly [string, Request])[] {
  const { place, identityKey, keys, environment } = options;
  const Bucket = place.bucket;
  const status = (answer: { $metadata: { httpStatusCode?: number } }) => answer.$metadata.httpStatusCode;
  const page = (path: string): readonly [string, Request] => [
    `GET ${path}, without credentials`,
    async () => {
      const url = new URL(path, place.endpoint).href;
      const agent = agentFor(place.endpoint, environment);
      const {
        status: code,
        body,
        headers,
      } = await exchange({ method: "GET", url, agent, timeout: patience, limit: 65_536 });
      agent.destroy();
      const said = body.subarray(0, 300).toString("utf8");
      return { status: code, answer: `server ${headers.server ?? "not told"}: ${said}` };
    },
  ];
  const ask = (what: string, request: Request): readonly [string, Request] => [what, request];
  // Of a shared bucket our part alone: its name may be the beginning of another one's.
  const below = place.prefix === undefined || place.prefix === "" ? undefined : `${place.prefix}/`;
  return [
    page("/"),
    page("/minio/health/live"),
    page("/health"),
    ask("list the buckets", async (abortSignal) => {
      const answer = await client.send(new ListBucketsCommand({}), { abortSignal });
      return {
        status: status(answer),
        answer: (answer.Buckets ?? [])
          .map(({ Name, CreationDate }) => `${Name ?? ""} (${CreationDate?.toISOString() ?? "no date"})`)
          .join(", "),
      };
    }),
    ask("list the bucket", async (abortSignal) => {
      const answer = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 20, Prefix: below }), {
        abortSignal,
      });
      return {
        status: status(answer),
        answer: (answer.Contents ?? []).map(({ Key, Size }) => `${Key ?? ""} (${Size ?? 0})`).join(", "),
      };
    }),
    ask("head the bucket", async (abortSignal) => ({
      status: status(await client.send(new HeadBucketCommand({ Bucket }), { abortSignal })),
    })),
    ask("versioning", async (abortSignal) => {
      const answer = await client.send(new GetBucketVersioningCommand({ Bucket }), { abortSignal });
      return { status: status(answer), answer: answer.Status ?? "off" };
    }),
    ask(`read ${identityKey}`, async (abortSignal) => {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key: identityKey }), { abortSignal });
      return { status: status(answer), answer: (await answer.Body?.transformToString())?.slice(0, 500) ?? "" };
    }),
    ...keys.flatMap((Key) => [
      ask(`head ${Key}`, async (abortSignal) => {
        const answer = await client.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal });
        return {
          status: status(answer),
          answer: `${answer.ContentLength ?? 0} bytes of ${answer.LastModified?.toISOString() ?? "no date"}`,
        };
      }),
      ask(`versions of ${Key}`, async (abortSignal) => {
        const answer = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key, MaxKeys: 20 }), {
          abortSignal,
        });
        const [versions, markers] = [answer.Versions ?? [], answer.DeleteMarkers ?? []];
        return {
          status: status(answer),
          answer: `${versions.length} versions, ${markers.length} delete markers among the first 20; the newest of ${versions[0]?.LastModified?.toISOString() ?? "none"}`,
        };
      }),
    ]),
  ];
}

async function answerOf(request: Request): Promise<Said> {
  try {
    return await request(AbortSignal.timeout(patience));
  } catch (error) {
    if (!(error instanceof S3ServiceException))
      return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    const { httpStatusCode: status, requestId } = error.$metadata;
    return {
      ...(status === undefined ? {} : { status }),
      error: `${error.name}: ${error.message}`,
      ...(requestId === undefined ? {} : { requestId }),
    };
  }
}
