import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckLine } from "../../authority/check/line";
import { checkBucket } from "../../authority/check/bucket";
import { checkState } from "../../authority/check/state";
import { configuredS3Store } from "../../authority/configured-store";
import { openStateStore } from "../../authority/open-state-store";
import { stateKey } from "../../authority/state-key";
import { type StateRead } from "../../authority/state-authority";
import { type StateStore } from "../../authority/state-store";
import { S3Bucket } from "../../authority/stores/s3-bucket";
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

async function checkAll(configuration: Configuration, stacks: readonly StackInstance[], contracts: ReadonlyMap<string, StateContract>, deep: boolean): Promise<readonly CheckLine[]> {
  const { s3 } = configuration.organization.state;
  const bucketStore = s3 === undefined ? undefined : configuredS3Store(configuration, process.env);
  const bucket = s3 === undefined ? undefined : openBucket(s3);
  try {
    const bucketLines = bucket === undefined || bucketStore === undefined ? [] : await checkBucket({ bucket, store: bucketStore, ...(s3?.authority === undefined ? {} : { authority: s3.authority }), surroundings: realSurroundings, ...(deep ? { writers: 50 } : {}) });
    // With the bucket out, nothing that is said about an object in it means anything.
    if (bucketLines.length === 1) return bucketLines;
    const unknown = await addressReader(configuration, stacks);
    const perStack = await Promise.all(
      stacks.map(async (stack) => {
        const contract = contracts.get(stack.id);
        if (contract === undefined) return [];
        const entry = ledgerEntry(configuration.ledger, stack);
        const opened: StateStore[] = [openStateStore(contract, process.env, s3?.authority)];
        const [place] = opened;
        const sealed = await sealedPlace(configuration, stack, entry?.sealed?.location);
        if (sealed !== undefined) opened.push(sealed);
        try {
          return place === undefined
            ? []
            : await checkState({
                id: stack.id,
                stateName: stack.stateName,
                ledgerFile: configuration.ledger.file,
                ...(entry === undefined ? {} : { ledgerEntry: entry }),
                contract,
                place,
                ...(bucketStore === undefined ? {} : { beside: { store: bucketStore, stateKey: stateKey(configuration, stack) } }),
                ...(sealed === undefined ? {} : { sealedPlace: sealed }),
                unknownAddresses: (state) => unknown(stack, state),
                surroundings: realSurroundings,
              });
        } finally {
          for (const one of opened) one.close();
        }
      }),
    );
    return [...bucketLines, ...perStack.flat()];
  } finally {
    bucket?.close();
    bucketStore?.close();
  }
}

function openBucket(s3: NonNullable<Configuration["organization"]["state"]["s3"]>): S3Bucket {
  const place = { endpoint: s3.endpoint, bucket: s3.bucket, region: s3.region, skipS3Checksum: s3.skip_s3_checksum };
  return new S3Bucket(s3Client(place, process.env, defaultTimeouts), place, defaultTimeouts);
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
