import type { Logger } from "pino";

/** What a request turned out to be. It is filled in as the request is understood, so a refusal says as much as was known. */
export interface AuditEntry {
  action: "read" | "write" | "delete" | "lock" | "unlock" | "lease" | "freeze" | "other";
  user?: string;
  state?: string;
  lockId?: string;
  serialBefore?: number;
  serialAfter?: number;
  /** False where nothing had to be done. */
  changed?: boolean;
  readonly address: string;
  readonly method: string;
}

/**
 * One line for every write, lock, unlock and refusal; a successful read is a debug line. Only the fields of AuditEntry get
 * here: no headers, no bodies, no address with a query.
 */
export function audit(
  log: Logger,
  entry: AuditEntry,
  status: number,
  milliseconds: number,
  refusal?: { code: string; why: string },
): void {
  const line = {
    audit: true,
    ...entry,
    status,
    ms: Math.round(milliseconds * 10) / 10,
    ...(refusal && { refusal: refusal.code }),
  };
  if (refusal) log.warn(line, refusal.why);
  else if (entry.action === "read") log.debug(line, entry.action);
  else log.info(line, entry.action);
}
