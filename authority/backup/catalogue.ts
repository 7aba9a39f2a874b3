import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { type BackupManifest, decodeManifest, manifestEnding, parseManifestName } from "./manifest";
import { openTarget } from "./open-target";
import { type BackupTarget } from "./target";

/**
 * The newest finished backup of a stack's state, for who only wants to know; undefined where there is none, or
 * `state.backup` is not configured. Needs no identity. @throws UserError on an outage of the target.
 */
export async function newestBackup(
  configuration: Configuration,
  stack: StackInstance,
  environment: NodeJS.ProcessEnv,
): Promise<BackupManifest | undefined> {
  if (configuration.organization.state.backup === undefined) return undefined;
  const target = await openTarget(configuration, environment);
  try {
    return await newestIn(target, configuration, stack);
  } finally {
    target.close();
  }
}

/**
 * The newest backup in an open target. A serial never falls within a lineage, so it decides, and clocks only between equals. Where
 * the ledger knows the lineage, another one's backups are not this state's.
 */
export async function newestIn(
  target: BackupTarget,
  configuration: Configuration,
  stack: StackInstance,
): Promise<BackupManifest | undefined> {
  const names = (await target.list(`${stack.stateName}/`)).flatMap((path) => parseManifestName(path) ?? []);
  const lineage = ledgerEntry(configuration.ledger, stack)?.lineage;
  const known = lineage === undefined || lineage === "new" ? undefined : lineage;
  names.sort(
    (a, b) => (known === undefined ? 0 : b.serial - a.serial) || b.time.localeCompare(a.time) || b.serial - a.serial,
  );
  for (const name of names) {
    const bytes = await target.read(`${name.base}${manifestEnding}`);
    // It was removed between listing and reading: somebody deletes old backups.
    if (bytes === undefined) continue;
    const manifest = decodeManifest(bytes, name, target.description);
    if (known === undefined || manifest.lineage === known) return manifest;
  }
  return undefined;
}
