import { z } from "zod";
import { httpUrl } from "../url";
import { type SettingsFamily } from "./settings-family";

const objectKey = z.string().min(1, "an object key");

const schema = z.strictObject(
  {
    endpoint: httpUrl,
    bucket: z.string().regex(/^[a-z0-9{][a-z0-9.{}-]{1,61}[a-z0-9}]$/, "a bucket name"),
    region: z.string().min(1, "a region").default("us-east-1"),
    key: objectKey.default("{env}/{stack}/terraform.tfstate"),
    keys: z.record(z.string(), z.record(z.string(), objectKey)).default({}),
    use_lockfile: z.boolean().default(true),
    skip_s3_checksum: z.boolean().default(false),
    authority: z.string().min(1, "the identity of the bucket").optional(),
    /** Where `flywheel tunnel` forwards a port to. Not part of the contract: it is a road, no place. */
    service: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9-]+:\d{1,5}$/, "NAMESPACE/SERVICE:PORT")
      .optional(),
  },
  "one of endpoint, bucket, region, key, keys, use_lockfile, skip_s3_checksum, authority, service (credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
);

/** `state.s3`: a bucket of S3-compatible storage. */
export const s3Settings = {
  schema,
  urls: ["endpoint"],
} satisfies SettingsFamily;

/** The keys that it names, each with where it stands below `state.s3`; {stack} and {env} may stand in them. */
export function objectKeys({
  key,
  keys,
}: z.output<typeof schema>): readonly (readonly [path: readonly string[], template: string])[] {
  return [
    [["key"], key],
    ...Object.entries(keys).flatMap(([stack, byEnvironment]) =>
      Object.entries(byEnvironment).map(([environment, own]) => [["keys", stack, environment], own] as const),
    ),
  ];
}
