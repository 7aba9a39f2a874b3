import { z } from "zod";
import { parsedJson } from "../../lib/json";
import { manifestUnreadable } from "./refusals";

const schema = z.object({
  version: z.literal(1),
  /** `<stack>-<env>`. */
  state: z.string(),
  lineage: z.string(),
  serial: z.number().int().nonnegative(),
  /** Of the plain bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.number().int().nonnegative(),
  /** When it was made, and where the state lived then. */
  at: z.iso.datetime(),
  location: z.string(),
  /** The encrypted file beside it, and its own sha256. */
  file: z.string(),
  encrypted_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Public keys: whose identity opens it. */
  recipients: z.array(z.string()),
});

/** What stands beside a backup: everything about it that is no secret. A backup without one was never finished. */
export type BackupManifest = z.output<typeof schema>;

/** What a backup's name says: enough to find the newest without reading them all. */
interface BackupName {
  readonly state: string;
  readonly serial: number;
  /** As it sorts: 20260416T091200123Z. */
  readonly time: string;
  /** Without its ending. */
  readonly base: string;
}

export const fileEnding = ".tfstate.age";
export const manifestEnding = ".manifest.json";

/** `<state>/<serial>-<sha256 prefix>-<time>`. */
export function backupName(state: string, serial: number, sha256: string, at: Date): BackupName {
  const time = at.toISOString().replaceAll(/[-:.]/g, "");
  return { state, serial, time, base: `${state}/${serial}-${sha256.slice(0, 12)}-${time}` };
}

/** The name in a manifest's path; undefined for any other file. */
export function parseManifestName(path: string): BackupName | undefined {
  const [, base, state, serial, time] =
    /^(([^/]+)\/(\d+)-[0-9a-f]{12}-(\d{8}T\d{9}Z))\.manifest\.json$/.exec(path) ?? [];
  return base === undefined || state === undefined || time === undefined
    ? undefined
    : { base, state, time, serial: Number(serial) };
}

export function encodeManifest(manifest: BackupManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

/** @throws UserError `manifest-unreadable` for what is none, or is another backup's. */
export function decodeManifest(bytes: Buffer, name: BackupName, place: string): BackupManifest {
  const { data } = schema.safeParse(parsedJson(bytes));
  if (data?.state === name.state && data.serial === name.serial && data.file === `${name.base}${fileEnding}`)
    return data;
  throw manifestUnreadable(name.base, manifestEnding, place);
}
