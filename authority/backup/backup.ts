import { type Configuration, type StackInstance } from "../../lib/config/load";
import { requireLedgersState } from "../ledger/ledgers-state";
import { openLivePlace } from "../state/live-place";
import { type StateRead } from "../state/state-object";
import { type Clock } from "../clock";
import { encrypt } from "./age";
import { newestIn } from "./catalogue";
import { backupName, type BackupManifest, encodeManifest, fileEnding, manifestEnding } from "./manifest";
import { backupSettings } from "./open-target";
import { type BackupTarget } from "./target";
import { sha256 } from "../../lib/sha256";
import { backupReadBackDiffers, stateBehindBackup } from "./refusals";

interface BackupOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly target: BackupTarget;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** What became of one state: `unchanged` where the newest backup has its very bytes for the same recipients, `none` where there is no state yet. */
export type BackupResult =
  { readonly outcome: "written" | "unchanged"; readonly manifest: BackupManifest } | { readonly outcome: "none" };

/**
 * Reads a state where it lives and puts it, encrypted, into the target. The plain bytes stay in this process's memory.
 * @throws UserError where the state is missing, foreign, or behind the ledger or its newest backup: something newer was lost then,
 * and a backup would look as if it had not. Nothing is written then.
 */
export async function backup(options: BackupOptions): Promise<BackupResult> {
  const { configuration, stack, target, environment } = options;
  const place = await openLivePlace(configuration, stack, environment);
  try {
    const found = await place.state.read();
    requireLedgersState(stack.id, place, found);
    const newest = await newestIn(target, configuration, stack);
    if (found === undefined) {
      if (newest === undefined) return { outcome: "none" };
      throw stateBehindBackup(stack, `there is no state at ${place.state.location}`, newest);
    }
    if (newest?.lineage === found.lineage && newest.serial > found.serial)
      throw stateBehindBackup(stack, `${place.state.location} is at serial ${found.serial}`, newest);
    if (newest !== undefined && (await isThere(options, newest, found)))
      return { outcome: "unchanged", manifest: newest };
    return { outcome: "written", manifest: await putBackup(options, found, place.state.location) };
  } finally {
    place.state.close();
  }
}

/** Encrypts a state into the target and reads it back. The manifest comes last: without it there is no backup. */
export async function putBackup(
  { configuration, stack, target, clock }: BackupOptions,
  state: StateRead,
  location: string,
): Promise<BackupManifest> {
  const { recipients } = backupSettings(configuration);
  const at = clock.now();
  const sum = sha256(state.bytes);
  const { base } = backupName(stack.stateName, state.serial, sum, at);
  const encrypted = await encrypt(state.bytes, recipients);
  const manifest: BackupManifest = {
    version: 1,
    state: stack.stateName,
    lineage: state.lineage,
    serial: state.serial,
    sha256: sum,
    size: state.bytes.length,
    at: at.toISOString(),
    location,
    file: `${base}${fileEnding}`,
    encrypted_sha256: sha256(encrypted),
    recipients: [...recipients],
  };
  await target.write(manifest.file, encrypted);
  if ((await target.read(manifest.file))?.equals(encrypted) !== true)
    throw backupReadBackDiffers(target.description, manifest.file);
  await target.write(`${base}${manifestEnding}`, encodeManifest(manifest));
  return manifest;
}

/** Whether the newest backup is of these bytes, for today's recipients, and its file still what was written. */
async function isThere(
  { configuration, target }: BackupOptions,
  newest: BackupManifest,
  state: StateRead,
): Promise<boolean> {
  const { recipients } = backupSettings(configuration);
  const same =
    newest.sha256 === sha256(state.bytes) && [...newest.recipients].sort().join() === [...recipients].sort().join();
  if (!same) return false;
  const file = await target.read(newest.file);
  return file !== undefined && sha256(file) === newest.encrypted_sha256;
}
