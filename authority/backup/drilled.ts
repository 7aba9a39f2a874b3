import { z } from "zod";
import { parsedJson } from "../../lib/json";
import { type BackupManifest } from "./manifest";
import { type BackupTarget } from "./target";

const schema = z.object({
  version: z.literal(1),
  at: z.iso.datetime(),
  who: z.string(),
  lineage: z.string(),
  serial: z.number().int().nonnegative(),
  sha256: z.string(),
});

/** That a backup was once restored, served, read and planned on. */
export type Drilled = z.output<typeof schema>;

/** Says beside the backups that one of them was proved. */
export async function recordDrill(
  target: BackupTarget,
  { state, lineage, serial, sha256 }: BackupManifest,
  who: string,
  at: Date,
): Promise<void> {
  const record: Drilled = { version: 1, at: at.toISOString(), who, lineage, serial, sha256 };
  await target.write(`${state}/${prefix}${timeOf(at)}.json`, Buffer.from(`${JSON.stringify(record)}\n`));
}

/** The last drill of a state; undefined where none is recorded. @throws UserError on an outage of the target. */
export async function lastDrill(target: BackupTarget, state: string): Promise<Drilled | undefined> {
  const names = [...(await target.list(`${state}/${prefix}`))].sort().reverse();
  for (const name of names) {
    const bytes = await target.read(name);
    const drilled = bytes === undefined ? undefined : schema.safeParse(parsedJson(bytes)).data;
    if (drilled !== undefined) return drilled;
  }
  return undefined;
}

const prefix = "drill-";

function timeOf(at: Date): string {
  return at.toISOString().replaceAll(/[-:.]/g, "");
}
