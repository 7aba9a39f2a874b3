/** Where backups lie: whole files under names that are never used twice. */
export interface BackupTarget {
  /** The place as an operator knows it. No secrets. */
  readonly description: string;

  /** The names that start with `prefix`. @throws UserError on an outage: "none" is never said of one. */
  list(prefix: string): Promise<readonly string[]>;

  /** A file, whole; undefined where there is none. */
  read(name: string): Promise<Buffer | undefined>;

  /** Writes a file whole or not at all, durable when it returns. The same bytes again are fine, others are refused. */
  write(name: string, bytes: Buffer): Promise<void>;

  /** Gives connections back. */
  close(): void;
}
