import { mkdtempSync, rmSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LockInfo } from "../../authority/state/lock-info";

const folders: string[] = [];

// Registered where this file is imported, so for each test file: nothing stays on the disk.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-authority-"));
  folders.push(folder);
  return folder;
}

/** A state file as Terraform writes it. */
export function stateBytes(
  serial: number,
  lineage = "11111111-2222-3333-4444-555555555555",
  outputs: object = {},
): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: 4,
      terraform_version: "1.11.4",
      serial,
      lineage,
      outputs,
      resources: [],
      check_results: null,
    }),
  );
}

/** What an engine's apply writes into its lock. */
export function lockInfo(ID: string, more: Partial<LockInfo> = {}): LockInfo {
  return {
    ID,
    Operation: "OperationTypeApply",
    Info: "",
    Who: "ann@laptop",
    Version: "1.11.4",
    Created: "2026-04-16T09:12:00Z",
    Path: "",
    ...more,
  };
}

/** Waits for a condition; fails with `what` after a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A request with any method, LOCK and UNLOCK too, which fetch does not send reliably. */
export function send(
  method: string,
  url: string,
  options: { body?: Buffer | string; auth?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = options.body === undefined ? {} : { "content-length": String(Buffer.byteLength(options.body)) };
    const outgoing = request(
      url,
      { method, auth: options.auth, headers: { ...length, ...options.headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            headers: incoming.headers,
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(options.body);
  });
}
