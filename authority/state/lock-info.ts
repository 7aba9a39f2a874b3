import { z } from "zod";
import { forTerminal } from "../../lib/text/terminal";
import { parsedJson } from "../../lib/json";

/**
 * Terraform's lock info: what its clients send with LOCK and what the s3 backend keeps as the lock object
 * (terraform 1.11 internal/states/statemgr/locker.go, LockInfo).
 */
export interface LockInfo {
  readonly ID: string;
  readonly Operation: string;
  readonly Info: string;
  readonly Who: string;
  readonly Version: string;
  /** RFC 3339. */
  readonly Created: string;
  readonly Path: string;
}

/** Appended to a state's key by the s3 backend with `use_lockfile`. */
export const lockSuffix = ".tflock";

/** The key of the lock object that belongs to a state's key. */
export function lockKey(stateKey: string): string {
  return `${stateKey}${lockSuffix}`;
}

/** How Go writes a time that was never set; OpenTofu's force-unlock sends it. */
export const zeroTime = "0001-01-01T00:00:00Z";

const text = z.string().max(16_384).default("");
const schema = z.object({
  ID: z.string().min(1).max(256),
  Operation: text,
  Info: text,
  Who: text,
  Version: text,
  // Go's client parses the whole object or fails, so a date that it can't read must never get into a lock object.
  Created: z.iso.datetime({ offset: true }).catch(zeroTime),
  Path: text,
});

/** Reads lock info; undefined for anything that is not one with an ID. A missing or unreadable date becomes `zeroTime`. */
export function parseLockInfo(bytes: Buffer): LockInfo | undefined {
  return schema.safeParse(parsedJson(bytes)).data;
}

/** The bytes that Terraform's `LockInfo.Marshal` gives: its order of fields, no spaces, and Go's escapes for HTML. */
export function marshalLockInfo(info: LockInfo): Buffer {
  const { ID, Operation, Info, Who, Version, Created, Path } = info;
  const json = JSON.stringify({ ID, Operation, Info, Who, Version, Created, Path });
  const escaped = json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return Buffer.from(escaped, "utf8");
}

/**
 * A holder in one line: `ci@runner-7 (OperationTypeApply, since 2026-04-16T09:12:00Z, lock 6f1c...)`. A client wrote all of it, so it is
 * made fit for a terminal.
 */
export function describeLock(info: LockInfo): string {
  const operation = info.Operation.replace(/^OperationType/, "").toLowerCase() || "unknown operation";
  return forTerminal(`${info.Who || "somebody"} (${operation}, since ${info.Created}, lock ${info.ID})`);
}
