import { UserError } from "../../lib/errors";
import { StoreUnavailable } from "../stores/object-store";
import { type StackInstance } from "../../lib/config/load";
import { type Source } from "../../lib/config/source";

/** A recipient with a wrong checksum: one letter of the key was lost or changed. */
export function badRecipient(setting: "state.backup.recipients" | "state.plan.recipients", index: number): UserError {
  return new UserError({
    code: "bad-recipient",
    key: `${setting}.${index}`,
    what: `${setting}.${index} is no age recipient: its checksum is wrong`,
    expected: "a public key as `age-keygen` prints it, whole",
  });
}

/** The identity file is one of age, and of another backup. */
export function wrongIdentity(name: string): UserError {
  return new UserError({
    code: "wrong-identity",
    what: `no identity of this file opens ${name}`,
    expected: "the identity of one of the recipients that its manifest names",
    remedy: "Look for the other key: `age-keygen -y KEYFILE` prints the recipient that a key belongs to",
  });
}

/** The encrypted file is cut off, or was changed. */
export function backupDamaged(name: string, why: string): UserError {
  return new UserError({
    code: "backup-damaged",
    what: `${name} is not what was written: ${why}`,
    expected: "an age file, whole and unchanged",
    remedy:
      "An earlier backup may be whole: flywheel restore-drill takes the newest, so move this one and its manifest away",
  });
}

/** A target keeps other bytes than it was given. */
export function backupReadBackDiffers(description: string, file: string): StoreUnavailable {
  return new StoreUnavailable(
    description,
    `${file} was written, but other bytes were read back`,
    "backup-read-back-differs",
  );
}

/** The folder for backups is not there: its disk may not be mounted. */
export function noBackupDirectory(root: string): UserError {
  return new UserError({
    code: "no-backup-directory",
    key: "state.backup.target.directory",
    what: `there is no folder ${root}`,
    expected: "a folder that is there: where a disk should be mounted, one made by us would be on the wrong disk",
    remedy: `Mount the disk, or: mkdir -p ${root}`,
  });
}

/** The folder for backups is the one that keeps the states. */
export function backupInFileStore(root: string): UserError {
  return new UserError({
    code: "backup-in-state-store",
    key: "state.backup.target.directory",
    what: `${root} keeps states itself: it is the folder of \`serve --store file\``,
    expected: "another disk: what takes the states away must not take their backups",
    remedy: "Choose another folder for state.backup.target",
  });
}

/** A target has a file of that name with other bytes. Nothing of it was replaced. */
export function backupNameTaken(description: string, name: string): StoreUnavailable {
  return new StoreUnavailable(description, `${name} is there already, with other bytes`, "backup-name-taken");
}

/** A stack has no backup, or none of the lineage that the ledger knows. */
export function noBackupOf(stack: StackInstance, description: string, lineage: string | undefined): UserError {
  return new UserError({
    code: "no-backup",
    what: `there is no backup of ${stack.stateName} in ${description}${lineage === undefined || lineage === "new" ? "" : ` with lineage ${lineage}`}`,
    expected: `at least one, ${stack.stateName}/<serial>-<sha256>-<time>.tfstate.age with its manifest`,
    remedy: `flywheel backup ${stack.id}`,
  });
}

/** What the drill's own server gives is not what was restored. */
export function otherBytesServed(address: string): UserError {
  return new UserError({
    code: "drill-differs",
    what: `${address} gives other bytes than were restored`,
    expected: "the same bytes",
    remedy: "That is a mistake of ours: keep the backup as it is and report it",
  });
}

/** A file of identities that cannot be read, or holds none. Nothing of it is in the message. */
export function identityFile(file: string, what: string, line?: number): UserError {
  return new UserError({
    code: "identity-file",
    file,
    ...(line === undefined ? {} : { line }),
    what,
    expected: "an identity file of age: a line that starts with AGE-SECRET-KEY-1",
    remedy: "`age-keygen -o KEYFILE` makes a pair; what opens a backup is the one that it was made for",
  });
}

/** A backup's manifest is not one, or is another backup's. */
export function manifestUnreadable(base: string, manifestEnding: string, place: string): UserError {
  return new UserError({
    code: "manifest-unreadable",
    what: `${base}${manifestEnding} in ${place} is not the manifest of that backup`,
    expected: "what `flywheel backup` wrote there",
    remedy: "See who changed it; an earlier backup stands beside it",
  });
}

/** The configuration has no place for backups. */
export function noBackupTarget(file: string): UserError {
  return new UserError({
    code: "no-backup-target",
    file,
    key: "state.backup",
    what: "`state.backup` is missing",
    expected: "a target and at least one age recipient",
    remedy:
      "For example:\n  state:\n    backup:\n      target: {directory: /mnt/backup/flywheel}     # or {endpoint: https://..., bucket: ...}\n      recipients: [age1...]                         # `age-keygen -o KEYFILE` makes a pair and prints this half",
  });
}

/** A path begins with `~`, and this user has no home. */
export function noHome(path: string): UserError {
  return new UserError({
    code: "no-home",
    what: `state.backup.target is ${path}, and this user has no home`,
    expected: "an absolute path, or HOME set",
  });
}

/** A target that would be lost together with the states. `what` says how it shows. */
export function backupInStateBucket(source: Source, what: string): UserError {
  const path = ["state", "backup", "target"];
  return new UserError({
    code: "backup-in-state-bucket",
    file: source.file,
    line: source.lineOf(path),
    key: path.join("."),
    what,
    expected: "another bucket on another server: what takes the states away must not take their backups",
    remedy: "Choose another bucket for state.backup.target, or {directory: PATH}",
  });
}

/** The environment has no FLYWHEEL_BACKUP_AWS_*. */
export function noBackupCredentials(): UserError {
  return new UserError({
    code: "no-credentials",
    what: "no credentials for state.backup.target in the environment",
    expected:
      "FLYWHEEL_BACKUP_AWS_ACCESS_KEY_ID and FLYWHEEL_BACKUP_AWS_SECRET_ACCESS_KEY, or FLYWHEEL_BACKUP_AWS_PROFILE",
    remedy: "The state's own AWS_* are not used: who can delete the state must not be able to delete its backups",
  });
}

/** The state is missing, or older than its newest backup; `what` says which. */
export function stateBehindBackup(
  stack: StackInstance,
  what: string,
  newest: { readonly serial: number; readonly at: string },
): UserError {
  return new UserError({
    code: "state-behind-backup",
    what: `${what}, and its newest backup has serial ${newest.serial}, of ${newest.at}`,
    expected: "a state that is not behind its own backup: something newer was lost",
    remedy: `See what is there: flywheel check ${stack.id}\nThe backup: flywheel restore-drill ${stack.id} --identity KEYFILE`,
  });
}

/** The backup is not what its manifest or the ledger says. */
export function drillDiffers({ file }: { readonly file: string }, what: string, expected: string): UserError {
  return new UserError({
    code: "drill-differs",
    what: `${file}: ${what}`,
    expected,
    remedy:
      "Do not rely on this backup. An earlier one stands beside it; make a new one with `flywheel backup` while the state is there",
  });
}
