import { HeadObjectCommand, ListBucketsCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { shellQuoted } from "../../../lib/text/shell";
import { type S3Place } from "../../stores/s3-client";
import { checkLine, type CheckLine, type Finding } from "../line";
import { ask, withClient } from "./ask";

/** A state that the credentials of this check have nothing to do with. */
export interface OtherState {
  readonly id: string;
  readonly key: string;
}

interface ReachOptions {
  readonly place: S3Place;
  readonly environment: NodeJS.ProcessEnv;
  /** The states of the environments that are not checked. */
  readonly others: readonly OtherState[];
}

/**
 * What these credentials must not be able to do, tried without writing: see other buckets, read the states of other environments, list where
 * they need not. What they can is a finding each.
 */
export async function checkReach({ place, environment, others }: ReachOptions): Promise<readonly CheckLine[]> {
  return withClient(place, environment, async (client) => {
    const aws = `aws --endpoint-url ${shellQuoted(place.endpoint)} s3api`;
    const bucket = shellQuoted(place.bucket);
    const line = async (name: string, command: string, look: () => Promise<Finding>): Promise<CheckLine> => ({
      ...(await checkLine(`credentials: ${name}`, look)),
      command,
    });
    const first = others[0]?.key ?? "KEY";
    return [
      await line("buckets", `${aws} list-buckets`, () => otherBuckets(client, place)),
      await line("other environments", `${aws} head-object --bucket ${bucket} --key ${shellQuoted(first)}`, () =>
        otherStates(client, place, others),
      ),
      await line("listing", `${aws} list-objects-v2 --bucket ${bucket} --prefix ${shellQuoted(first)}`, () =>
        otherLists(client, place, others),
      ),
    ];
  });
}

async function otherBuckets(client: S3Client, place: S3Place): Promise<Finding> {
  const answer = await ask(place.endpoint, "listing the buckets", (abortSignal) =>
    client.send(new ListBucketsCommand({}), { abortSignal }),
  );
  if ("refusal" in answer) return `buckets are not listed: ${answer.refusal}`;
  const names = (answer.value.Buckets ?? []).map(({ Name }) => Name).filter((name) => name !== place.bucket);
  if (names.length === 0) return "no other bucket is listed";
  return { finding: `this key lists ${names.length} other bucket${names.length === 1 ? "" : "s"}; it needs none` };
}

async function otherStates(client: S3Client, place: S3Place, others: readonly OtherState[]): Promise<Finding> {
  if (others.length === 0) return nobodyElse;
  const read: string[] = [];
  const absent: string[] = [];
  for (const { id, key } of others) {
    const answer = await ask(place.endpoint, `heading ${key}`, (abortSignal) =>
      client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: key }), { abortSignal }),
    );
    if ("value" in answer) read.push(id);
    else if (answer.refusal !== "AccessDenied" && answer.refusal !== "Forbidden") absent.push(id);
  }
  if (read.length > 0) return { finding: `this key reads states of other environments: ${read.join(", ")}` };
  if (absent.length === others.length)
    return { note: "not proven: the states of other environments are not there (404), or this key may not know" };
  const refused = others.length - absent.length;
  return `refused (403): ${refused} of ${others.length} states of other environments${absent.length === 0 ? "" : `; not there (404): ${absent.join(", ")}`}`;
}

async function otherLists(client: S3Client, place: S3Place, others: readonly OtherState[]): Promise<Finding> {
  if (place.prefix !== undefined && place.prefix !== "") {
    const whole = await ask(place.endpoint, "listing the whole bucket", (abortSignal) =>
      client.send(new ListObjectsV2Command({ Bucket: place.bucket, MaxKeys: 1 }), { abortSignal }),
    );
    if ("value" in whole)
      return { finding: `this key lists all of the shared bucket; it needs ${place.prefix}/ alone` };
  }
  if (others.length === 0) return nobodyElse;
  const listed: string[] = [];
  for (const { id, key } of others) {
    const answer = await ask(place.endpoint, `listing ${key}`, (abortSignal) =>
      client.send(new ListObjectsV2Command({ Bucket: place.bucket, Prefix: key, MaxKeys: 1 }), { abortSignal }),
    );
    if ("value" in answer) listed.push(id);
  }
  if (listed.length > 0)
    return { finding: `this key lists where states of other environments are: ${listed.join(", ")}` };
  return "where other environments' states are, nothing is listed";
}

const nobodyElse: Finding = {
  note: "not proven: every environment is checked at once; check the stacks of one, with that one's key",
};
