import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckLine } from "../../authority/check/line";
import { newestBackup } from "../../authority/backup/catalogue";
import { checkBucket } from "../../authority/check/bucket";
import { checkOtherDoor } from "../../authority/check/other-door";
import { checkState } from "../../authority/check/state";
import { configuredS3Store } from "../../authority/configured-store";
import { openStateStore } from "../../authority/open-state-store";
import { stateKey } from "../../authority/state-key";
import { type StateRead } from "../../authority/state-authority";
import { type StateStore } from "../../authority/state-store";
import { S3Bucket } from "../../authority/stores/s3-bucket";
import { type S3Store } from "../../authority/stores/s3";
import { defaultTimeouts, s3Client } from "../../authority/stores/s3-client";
import { realSurroundings } from "../../authority/surroundings";
import { programOf } from "../../lib/addresses/program";
import { standings } from "../../lib/addresses/standing";
import { location, type StateContract } from "../../lib/backend/contract";
import { contractOn, resolveContracts } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { synthesize } from "../../stacks/synth";
import { paint, print, printJson } from "../terminal";

interface CheckCommandOptions {
  readonly deep?: true;
  readonly json?: true;
}

/** `flywheel check`: before any mutation. Exit code 0 only where every line holds; a note is no failure. */
export async function checkCommand(ids: readonly string[], options: CheckCommandOptions): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, ids);
  const contracts = await resolveContracts(configuration, stacks, process.env);
  const lines = await checkAll(configuration, stacks, contracts, options.deep === true);
  const failures = lines.filter(({ status }) => status === "failed");
  if (options.json === true) printJson({ ok: failures.length === 0, lines });
  else for (const line of lines) print(asText(line));
  if (failures.length === 0) return;
  throw new UserError({ code: "check-failed", what: `${failures.length} of ${lines.length} checks failed: ${failures.map(({ name }) => name).join(", ")}`, expected: "all of them to hold before anything is changed" });
}

/** What the checks of all stacks share. */
interface Shared {
  readonly configuration: Configuration;
  /** The bucket of `state.s3`, where it is configured and there are credentials for it. */
  readonly bucket?: { readonly raw: S3Bucket; readonly store: S3Store };
  readonly unknown: (stack: StackInstance, state: StateRead) => readonly string[] | undefined;
}

async function checkAll(configuration: Configuration, stacks: readonly StackInstance[], contracts: ReadonlyMap<string, StateContract>, deep: boolean): Promise<readonly CheckLine[]> {
  const { bucket, note: notLookedAt } = openBucket(configuration, [...contracts.values()].every(({ type }) => type === "http"));
  const authority = configuration.organization.state.s3?.authority;
  try {
    const bucketLines = bucket === undefined ? (notLookedAt ?? []) : await checkBucket({ bucket: bucket.raw, store: bucket.store, ...(authority === undefined ? {} : { authority }), surroundings: realSurroundings, ...(deep ? { writers: 50 } : {}) });
    // With the bucket out, nothing that is said about an object in it means anything.
    if (bucket !== undefined && bucketLines.length === 1) return bucketLines;
    const shared: Shared = { configuration, ...(bucket === undefined ? {} : { bucket }), unknown: await addressReader(configuration, stacks) };
    const perStack = await Promise.all(stacks.map((stack) => checkStack(stack, contracts.get(stack.id), shared)));
    return [...bucketLines, ...perStack.flat()];
  } finally {
    bucket?.raw.close();
    bucket?.store.close();
  }
}

async function checkStack(stack: StackInstance, contract: StateContract | undefined, { configuration, bucket, unknown }: Shared): Promise<readonly CheckLine[]> {
  if (contract === undefined) return [];
  const entry = ledgerEntry(configuration.ledger, stack);
  const place = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  const sealed = await sealedPlace(configuration, stack, entry?.sealed?.location);
  const other = bucket === undefined ? undefined : await otherDoor(configuration, stack, contract);
  try {
    const lines = await checkState({
      id: stack.id,
      stateName: stack.stateName,
      ledgerFile: configuration.ledger.file,
      ...(entry === undefined ? {} : { ledgerEntry: entry }),
      contract,
      place,
      ...(bucket === undefined ? {} : { beside: { store: bucket.store, stateKey: stateKey(configuration, stack) } }),
      ...(sealed === undefined ? {} : { sealedPlace: sealed }),
      unknownAddresses: (state) => unknown(stack, state),
      ...(configuration.organization.state.backup === undefined ? {} : { newestBackup: () => newestBackup(configuration, stack, process.env) }),
      surroundings: realSurroundings,
    });
    if (other === undefined) return lines;
    return [...lines, await checkOtherDoor({ id: stack.id, place, other, ...(entry?.sealed === undefined ? {} : { sealedLocation: entry.sealed.location }) })];
  } finally {
    for (const one of [place, sealed, other]) one?.close();
  }
}

/** Opens the bucket. Who works through the HTTP door alone needs no credentials for it, and is told what was not looked at. */
function openBucket(configuration: Configuration, httpOnly: boolean): { bucket?: Shared["bucket"]; note?: readonly CheckLine[] } {
  const { s3 } = configuration.organization.state;
  if (s3 === undefined) return {};
  try {
    const store = configuredS3Store(configuration, process.env);
    const place = { endpoint: s3.endpoint, bucket: s3.bucket, region: s3.region, skipS3Checksum: s3.skip_s3_checksum };
    return { bucket: { raw: new S3Bucket(s3Client(place, process.env, defaultTimeouts), place, defaultTimeouts), store } };
  } catch (error) {
    if (!httpOnly || !(error instanceof UserError) || error.problems[0]?.code !== "no-credentials") throw error;
    return { note: [{ name: "bucket", status: "note", detail: "not looked at: no AWS credentials, and every stack here is on http", milliseconds: 0 }] };
  }
}

/** The place on the other side of the flag, where configuration gives it one. */
async function otherDoor(configuration: Configuration, stack: StackInstance, contract: StateContract): Promise<StateStore | undefined> {
  const { http, s3 } = configuration.organization.state;
  const side = contract.type === "http" ? "s3" : "http";
  if (side === "s3" ? s3 === undefined : http.address === undefined) return undefined;
  return openStateStore(await contractOn(side, configuration, stack, process.env), process.env, s3?.authority);
}

/** The place that the ledger sealed, where configuration still tells the way to it. */
async function sealedPlace(configuration: Configuration, stack: StackInstance, sealed: string | undefined): Promise<StateStore | undefined> {
  if (sealed === undefined) return undefined;
  for (const side of ["http", "s3"] as const) {
    try {
      const contract = await contractOn(side, configuration, stack, process.env);
      if (location(contract) === sealed) return openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}

/** Says which addresses of a state the program of its stack does not know. */
async function addressReader(configuration: Configuration, stacks: readonly StackInstance[]): Promise<(stack: StackInstance, state: StateRead) => readonly string[] | undefined> {
  return withTemporaryFolder(async (folder) => {
    synthesize({ configuration, stacks, contracts: new Map(), folder });
    const programs = new Map(stacks.map(({ id }) => [id, programOf(JSON.parse(readFileSync(join(folder, "stacks", id, "cdk.tf.json"), "utf8")))]));
    return (stack, state) => {
      const document: unknown = JSON.parse(state.bytes.toString("utf8"));
      if (typeof document === "object" && document !== null && "encrypted_data" in document) return undefined;
      const program = programs.get(stack.id);
      return program === undefined ? [] : standings(document, stack.stack, program).filter(({ standing }) => standing.kind === "unknown" || standing.kind === "displaced").map(({ address }) => address);
    };
  });
}

function asText({ name, status, detail, milliseconds }: CheckLine): string {
  const mark = { ok: paint("green", "ok    "), failed: paint("red", "FAILED"), note: paint("yellow", "note  ") }[status];
  return `${mark}  ${name.padEnd(28)} ${String(milliseconds).padStart(5)} ms  ${detail.split("\n").join("\n".padEnd(48))}`;
}
