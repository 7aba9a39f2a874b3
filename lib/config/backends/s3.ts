import { z } from "zod";
import { type StackKey } from "../names";
import { httpUrl } from "../url";
import { type SettingsFamily } from "./settings-family";

const objectKey = z.string().min(1, "an object key");

const schema = z.strictObject(
  {
    endpoint: httpUrl,
    bucket: z.string().regex(/^[a-z0-9{][a-z0-9.{}-]{1,61}[a-z0-9}]$/, "a bucket name"),
    region: z.string().min(1, "a region").default("us-east-1"),
    /** Default: `{env}/{stack}/terraform.tfstate`, below the prefix where there is one (keyTemplate). */
    key: objectKey.optional(),
    keys: z.record(z.string(), z.record(z.string(), objectKey)).default({}),
    use_lockfile: z.boolean().default(true),
    /** Without a / at its end, however it was written; empty: the bucket is ours alone. */
    prefix: z
      .string()
      .default("")
      .transform((prefix) => prefix.replace(/(?<!^)\/$/, "")),
    skip_s3_checksum: z.boolean().default(false),
    authority: z.string().min(1, "the identity of the bucket").optional(),
    /** Where `flywheel tunnel` forwards a port to. Not part of the contract: it is a road, no place. */
    service: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9-]+:\d{1,5}$/, "NAMESPACE/SERVICE:PORT")
      .optional(),
  },
  "one of endpoint, bucket, region, key, keys, use_lockfile, prefix, skip_s3_checksum, authority, service (credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
);

/** `state.s3`: a bucket of S3-compatible storage. */
export const s3Settings = {
  schema,
  urls: ["endpoint"],
} satisfies SettingsFamily;

type S3Settings = z.output<typeof schema>;

/** What of it gives a state its key. */
export type S3Keys = Pick<S3Settings, "key" | "keys" | "prefix">;

/** The key of every state that `keys` does not name. */
function commonKey({ key, prefix = "" }: Partial<S3Keys>): string {
  return key ?? `${prefix === "" ? "" : `${prefix}/`}{env}/{stack}/terraform.tfstate`;
}

/**
 * The key of a stack's state, with {stack} and {env} in it still, and where below `state.s3` it stands. What is written there is the
 * whole key, with or without a prefix. Without settings: the key in a store that is no bucket.
 */
export function keyTemplate(
  s3: S3Keys | undefined,
  { stack, environment }: StackKey,
): { readonly path: readonly string[]; readonly template: string } {
  const own = s3?.keys[stack]?.[environment];
  return own === undefined
    ? { path: ["key"], template: commonKey(s3 ?? {}) }
    : { path: ["keys", stack, environment], template: own };
}

/** The keys that it names, each with where it stands below `state.s3`; {stack} and {env} may stand in them. */
export function objectKeys(s3: S3Settings): readonly (readonly [path: readonly string[], template: string])[] {
  return [
    [["key"], commonKey(s3)],
    ...Object.entries(s3.keys).flatMap(([stack, byEnvironment]) =>
      Object.entries(byEnvironment).map(([environment, own]) => [["keys", stack, environment], own] as const),
    ),
  ];
}
