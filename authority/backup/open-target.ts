import { join } from "node:path";
import { contractOn } from "../../lib/backend/resolve";
import { type BackupSettings } from "../../lib/config/backup";
import { type Configuration, everyStack } from "../../lib/config/load";
import { comparableUrl } from "../../lib/config/url";
import { homeFolder } from "../../lib/home";
import { DirectoryTarget } from "./directory-target";
import { ownBucket, S3Target } from "./s3-target";
import { type BackupTarget } from "./target";
import { noBackupTarget, noHome } from "./refusals";

/**
 * Opens `state.backup.target`. @throws UserError where it is missing, has no credentials, or is the state's own bucket or store:
 * what takes the state away would take its backups with it.
 */
export async function openTarget(configuration: Configuration, environment: NodeJS.ProcessEnv): Promise<BackupTarget> {
  const { target } = backupSettings(configuration);
  if (target.directory !== undefined) return DirectoryTarget.open(expandHome(target.directory, environment));
  const { endpoint = "", bucket = "", region = "us-east-1", prefix } = target;
  await requireForeignBucket(configuration, { endpoint, bucket }, environment);
  const opened = new S3Target({ endpoint, bucket, region, prefix, environment });
  try {
    await opened.requireNoState(configuration);
  } catch (error) {
    opened.close();
    throw error;
  }
  return opened;
}

/** `state.backup`. @throws UserError `no-backup-target` where it is missing. */
export function backupSettings(configuration: Configuration): BackupSettings {
  const { state, source } = configuration.organization;
  if (state.backup !== undefined) return state.backup;
  throw noBackupTarget(source.file);
}

/** By configuration alone, before anything is asked: the bucket that some stack's state is in, or would be. */
async function requireForeignBucket(
  configuration: Configuration,
  target: { endpoint: string; bucket: string },
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  if (configuration.organization.state.s3 === undefined) return;
  for (const stack of everyStack(configuration)) {
    const contract = await contractOn("s3", configuration, stack, environment);
    if (contract.bucket !== target.bucket || comparableUrl(contract.endpoint) !== comparableUrl(target.endpoint))
      continue;
    throw ownBucket(
      configuration,
      `state.backup.target is ${target.bucket} at ${target.endpoint}, the bucket of the state of ${stack.id}`,
    );
  }
}

function expandHome(path: string, environment: NodeJS.ProcessEnv): string {
  if (!path.startsWith("~/")) return path;
  const home = homeFolder(environment);
  if (home === undefined) throw noHome(path);
  return join(home, path.slice(2));
}
