import { randomBytes } from "node:crypto";
import { httpContract } from "../../lib/backend/http/contract";
import { type Configuration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { type LockInfo } from "../state/lock-info";
import { singleWriter } from "../server/authenticate";
import { startServer } from "../server/server";
import { stateInStore } from "../state/state-store";
import { stateKey } from "../state/state-key";
import { summarizeState } from "../state/state-summary";
import { FileStore } from "../stores/file";
import { HttpStateStore } from "../stores/http";
import { type Clock } from "../clock";
import { decrypt } from "./age";
import { sha256 } from "../../lib/sha256";
import { newestIn } from "./catalogue";
import { type BackupManifest } from "./manifest";
import { type BackupTarget } from "./target";
import { noBackupOf, otherBytesServed, drillDiffers } from "./refusals";

interface DrillOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  readonly target: BackupTarget;
  readonly identities: readonly string[];
  /** The folder of the file store that the state is restored into; it must not hold this state yet. */
  readonly folder: string;
  readonly clock: Clock;
  /** Plans on these bytes and returns what the plan says in one line. */
  readonly plan: (bytes: Buffer) => Promise<string>;
  /** Told of every step when it is done: what it saw and how long it took. */
  readonly progress: (step: string, saw: string, milliseconds: number) => void;
}

/**
 * Proves the newest backup of a state: opens it, restores it into a file store, serves that by the real server on loopback,
 * reads it back through the HTTP server and plans on it. Reads nothing of the live state and changes nothing outside `folder`.
 * @throws UserError at the first step that fails, and where anything differs from the manifest or the ledger.
 */
export async function restoreDrill(options: DrillOptions): Promise<BackupManifest> {
  const { configuration, stack, target } = options;
  const timed = async <T>(step: string, run: () => Promise<T>, saw: (result: T) => string): Promise<T> => {
    const start = performance.now();
    const result = await run();
    options.progress(step, saw(result), performance.now() - start);
    return result;
  };
  const manifest = await timed(
    "find",
    () => find(options),
    (found) => `serial ${found.serial} of ${found.at}, ${found.file} in ${target.description}`,
  );
  const bytes = await timed(
    "decrypt",
    () => open(options, manifest),
    (plain) =>
      `${plain.length} bytes, sha256 ${manifest.sha256.slice(0, 12)}, lineage ${manifest.lineage}, as its manifest says`,
  );
  const store = await timed(
    "restore",
    () => restore(options, bytes),
    ({ description }) => description,
  );
  await timed(
    "serve and read",
    () => readThroughServer(options, store, bytes),
    (url) => `the same bytes from ${url}`,
  );
  await timed(
    "plan",
    () => options.plan(bytes),
    (said) => said,
  );
  requireLedgerAgrees(configuration, stack, manifest);
  return manifest;
}

async function find({ configuration, stack, target }: DrillOptions): Promise<BackupManifest> {
  const newest = await newestIn(target, configuration, stack);
  if (newest !== undefined) return newest;
  const lineage = ledgerEntry(configuration.ledger, stack)?.lineage;
  throw noBackupOf(stack, target.description, lineage);
}

async function open({ target, identities }: DrillOptions, manifest: BackupManifest): Promise<Buffer> {
  const file = await target.read(manifest.file);
  if (file === undefined) throw drillDiffers(manifest, "its manifest is there, and the file is not", "both");
  const plain = await decrypt(file, identities, manifest.file);
  if (sha256(plain) !== manifest.sha256)
    throw drillDiffers(manifest, `its sha256 is ${sha256(plain)}`, `sha256 ${manifest.sha256}, as its manifest says`);
  const summary = summarizeState(plain);
  if (typeof summary === "string") throw drillDiffers(manifest, `it is no state: ${summary}`, "a state");
  if (summary.lineage !== manifest.lineage || summary.serial !== manifest.serial) {
    throw drillDiffers(
      manifest,
      `it has lineage ${summary.lineage} and serial ${summary.serial}`,
      `lineage ${manifest.lineage} and serial ${manifest.serial}, as its manifest says`,
    );
  }
  return plain;
}

async function restore({ configuration, stack, folder, clock }: DrillOptions, bytes: Buffer): Promise<FileStore> {
  const store = await FileStore.open(folder, { clock });
  const state = stateInStore(store, stateKey(configuration, stack), folder);
  const lock: LockInfo = {
    ID: clock.uniqueId(),
    Operation: "restore",
    Info: "",
    Who: "flywheel restore-drill",
    Version: "flywheel",
    Created: clock.now().toISOString(),
    Path: "",
  };
  await state.lock(lock);
  try {
    await state.write(bytes, lock.ID, lock.Who);
  } finally {
    await state.unlock(lock.ID);
  }
  return store;
}

/** Returns the address it was read from. */
async function readThroughServer(
  { configuration, stack }: DrillOptions,
  store: FileStore,
  bytes: Buffer,
): Promise<string> {
  const [user, password] = ["restore-drill", randomBytes(24).toString("hex")];
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    states: [{ name: stack.stateName, key: stateKey(configuration, stack), id: stack.id }],
    store,
    authenticator: singleWriter(user, password),
    // Audit lines are not needed here.
    log: { write: () => undefined },
  });
  try {
    const address = `${server.url}/state/${stack.stateName}`;
    const served = new HttpStateStore({
      contract: httpContract({ address }),
      environment: { TF_HTTP_USERNAME: user, TF_HTTP_PASSWORD: password },
    });
    if ((await served.readBytes())?.equals(bytes) !== true) throw otherBytesServed(address);
    return address;
  } finally {
    await server.close();
  }
}

/** age does not say who wrote a file, and a target can be put back in time: the reviewed ledger knows at least this much. */
function requireLedgerAgrees({ ledger }: Configuration, stack: StackInstance, manifest: BackupManifest): void {
  const entry = ledgerEntry(ledger, stack);
  if (entry === undefined || entry.lineage === "new") return;
  if (manifest.serial < entry.serial)
    throw drillDiffers(
      manifest,
      `it has serial ${manifest.serial}, and ${ledger.file} knows ${entry.serial}`,
      "a backup that is not older than the ledger",
    );
  if (manifest.serial === entry.serial && manifest.sha256 !== entry.sha256)
    throw drillDiffers(
      manifest,
      `its sha256 is ${manifest.sha256}, and ${ledger.file} has ${entry.sha256} for serial ${entry.serial}`,
      "the bytes that the ledger knows",
    );
}
