import { checkLine, type CheckLine } from "../../authority/check/line";
import { newestBackup } from "../../authority/backup/catalogue";
import { checkBucket } from "../../authority/check/bucket";
import { checkClusters } from "../../authority/check/clusters";
import { checkOtherPlace } from "../../authority/check/other-place";
import { openBucket, type OpenBucket, otherDoor, sealedPlace } from "../../authority/check/places";
import { checkState } from "../../authority/check/state";
import { engineProof, provenWith } from "../../authority/check/engine-proof";
import { withCommand } from "../../authority/check/evidence/proved-by";
import { noLock } from "../../authority/refusals";
import { openStateStore } from "../../authority/state/open-state-store";
import { isMovable } from "../../authority/state/movable";
import { stateKey } from "../../authority/state/state-key";
import { systemClock } from "../../authority/clock";
import { location, locks, type StateContract } from "../../lib/backend/contract";
import { resolveContracts } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { ownFolderIn } from "../../lib/config/backends/object-key";
import { describeEntryWithoutStack, entriesWithoutStack } from "../../lib/config/entries-without-stack";
import { ledgerEntry } from "../../lib/config/ledger";
import { formatRemark, sharedRegistrations } from "../../lib/config/remarks";
import { selectStacks } from "../../lib/config/select";
import { refuseForeignVariables } from "../../lib/engine/environment";
import { checkFolders } from "../../planning/folder/check";
import { type StateRead } from "../../authority/state/state-object";
import { erroredStateOf, foreignFiles, stackFolder } from "../../lib/engine/errored-state";
import { erroredStateLeft, foreignFilesLeft } from "../../lib/engine/refusals";
import { type Problem, refusal } from "../../lib/errors";
import { checkHeldOff, checkReader, isHttpOnly } from "../check-lines";
import { evidence } from "./evidence";
import { addressReader, type AddressReader } from "../unknown-addresses";
import { paint, print, printJson } from "../terminal";
import { checkFailed } from "./refusals";

interface CheckCommandOptions {
  readonly deep?: true;
  readonly json?: true;
  /** Write nothing and lock nothing: what that leaves unproven is said. */
  readonly readOnly?: true;
  /** Prove that these credentials cannot write; implies readOnly. */
  readonly reader?: true;
  /** A finding fails, too. */
  readonly strict?: true;
  /** Somebody who applies, and a freeze, are failures: for an apply that takes no lease. */
  readonly notHeldOff?: true;
}

/** `flywheel check`: before any mutation. Exit code 0 only where every line holds; a note is no failure. */
export async function checkCommand(
  ids: readonly string[],
  asked: CheckCommandOptions,
  tell: (line: string) => void = print,
): Promise<void> {
  const options: CheckCommandOptions = asked.reader === true ? { ...asked, readOnly: true } : asked;
  refuseForeignVariables(process.env);
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, ids);
  const contracts = await resolveContracts(configuration, stacks, process.env);
  const looked = [
    ...(await checkLeftovers(stacks)),
    ...(await checkClusters(stacks, configuration.organization.source.file, process.env)),
    ...(await checkFolders(stacks)),
    ...checkLocks(stacks, contracts),
    ...stacks.flatMap((stack) =>
      stack.folder === undefined
        ? sharedRegistrations(stack, configuration.stacks).map((remark) =>
            notLookedAt(`${stack.id}: registration`, formatRemark(remark)),
          )
        : [],
    ),
    ...tellOutside(stacks, contracts),
    ...(ids.length === 0 ? tellWithoutStack(configuration) : []),
    ...(await checkAll(configuration, stacks, contracts, options)),
    ...(options.reader === true ? await checkReader(configuration, stacks, contracts) : []),
    ...(options.notHeldOff === true ? await checkHeldOff(configuration, stacks, contracts) : []),
    ...(await checkEngine(configuration, stacks, contracts, options)),
  ];
  const lines = options.deep === true ? await deepened(configuration, stacks, contracts, options, looked) : looked;
  const failures = lines.filter(
    ({ status }) => status === "failed" || (status === "finding" && options.strict === true),
  );
  const findings = lines.filter(({ status }) => status === "finding").length;
  if (options.json === true)
    printJson({
      ok: failures.length === 0,
      ...(options.deep === true
        ? { findings, at: systemClock.now().toISOString(), stacks: stacks.map(({ id }) => id) }
        : {}),
      lines,
    });
  else for (const line of lines) tell(asText(line));
  if (failures.length === 0) return;
  throw checkFailed(failures, lines.length);
}

/** The lines of a deep check, each with the command that proves it. With the bucket out, nothing more is asked of it. */
async function deepened(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
  { readOnly = false }: { readonly readOnly?: boolean },
  looked: readonly CheckLine[],
): Promise<readonly CheckLine[]> {
  const { s3 } = configuration.organization.state;
  const isOut = looked.some(({ name, status }) => name === "bucket" && status === "failed");
  const more = isOut ? [] : await evidence({ configuration, stacks, contracts, readOnly });
  const place = s3 === undefined ? undefined : { ...s3, skipS3Checksum: s3.skip_s3_checksum };
  const identityKey = `${ownFolderIn(s3?.prefix)}/authority.json`;
  return [...looked, ...more].map((line) =>
    withCommand(line, place === undefined ? undefined : { ...place, identityKey }),
  );
}

/** What an apply in this folder could not save, and what the engine would read beside the program. Only a find is a line. */
async function checkLeftovers(stacks: readonly StackInstance[]): Promise<readonly CheckLine[]> {
  const failure = (name: string, problem: Problem) => checkLine(name, () => Promise.reject(refusal(problem)));
  const lines = stacks.flatMap((stack) => {
    const { id } = stack;
    const file = erroredStateOf(stack);
    const foreign = stack.folder === undefined ? foreignFiles(stackFolder(stack)) : [];
    return [
      ...(file === undefined ? [] : [failure(`${id}: errored.tfstate`, erroredStateLeft(id, file))]),
      ...(foreign.length === 0 ? [] : [failure(`${id}: left files`, foreignFilesLeft(id, foreign))]),
    ];
  });
  return Promise.all(lines);
}

/** A contract without a lock passes no check, whatever the server can do. Only a find is a line. */
function checkLocks(
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): readonly CheckLine[] {
  return stacks.flatMap(({ id }): CheckLine[] => {
    const contract = contracts.get(id);
    if (contract === undefined || locks(contract)) return [];
    const { message, problems } = noLock(id, location(contract));
    return [{ name: `${id}: lock`, status: "failed", detail: message, milliseconds: 0, problems }];
  });
}

/** What the ledger knows and no stack is. It is no failure of any stack, and nobody else would tell it. */
function tellWithoutStack(configuration: Configuration): readonly CheckLine[] {
  return entriesWithoutStack(configuration).map((entry) =>
    notLookedAt(`${entry.state}: no stack`, describeEntryWithoutStack(entry, configuration.ledger.file)),
  );
}

/** A key that was written outside the prefix is taken as written, and told: who may only work below the prefix can't reach it. */
function tellOutside(
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): readonly CheckLine[] {
  return stacks.flatMap(({ id }) => {
    const contract = contracts.get(id);
    if (contract?.type !== "s3" || contract.prefix === undefined || contract.key.startsWith(`${contract.prefix}/`))
      return [];
    return [notLookedAt(`${id}: key`, `${contract.key} lies outside state.s3.prefix, ${contract.prefix}/`)];
  });
}

/** The engine itself, last, once for each bucket or server and its settings. */
async function checkEngine(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
  { readOnly }: CheckCommandOptions,
): Promise<readonly CheckLine[]> {
  if (readOnly === true) return [notLookedAt("engine", "not proven: --read-only writes nothing")];
  const authority = configuration.organization.state.s3?.authority;
  const proven = new Set<string>();
  const lines: CheckLine[] = [];
  for (const stack of stacks) {
    const contract = contracts.get(stack.id);
    if (contract === undefined) continue;
    const settings = provenWith(contract, stack.stateName, systemClock);
    if (proven.has(settings)) continue;
    proven.add(settings);
    const options = { stack, contract, environment: process.env, clock: systemClock };
    lines.push(await engineProof({ ...options, ...(authority === undefined ? {} : { authority }) }));
  }
  return lines;
}

function notLookedAt(name: string, detail: string): CheckLine {
  return { name, status: "note", detail, milliseconds: 0 };
}

/** What the checks of all stacks share. */
interface Shared {
  readonly configuration: Configuration;
  /** The bucket of `state.s3`, where it is configured and there are credentials for it. */
  readonly bucket?: OpenBucket;
  readonly unknown: AddressReader;
  readonly readOnly: boolean;
}

async function checkAll(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
  { deep, readOnly = false }: { readonly deep?: true; readonly readOnly?: boolean },
): Promise<readonly CheckLine[]> {
  const { bucket, note: bucketNote } = stacks.some((stack) => isMovable(configuration, stack))
    ? openBucket(configuration, process.env, isHttpOnly(contracts))
    : { note: [notLookedAt("bucket", "not looked at: no state here is in it, and these stacks may be what makes it")] };
  const authority = configuration.organization.state.s3?.authority;
  try {
    const bucketLines =
      bucket === undefined
        ? (bucketNote ?? [])
        : await checkBucket({
            bucket: bucket.raw,
            store: bucket.store,
            ...(authority === undefined ? {} : { authority }),
            clock: systemClock,
            readOnly,
            ...(deep === true ? { writers: 50 } : {}),
          });
    // With the bucket out, nothing that is said about an object in it means anything.
    if (bucket !== undefined && bucketLines.length === 1) return bucketLines;
    const shared: Shared = {
      configuration,
      ...(bucket === undefined ? {} : { bucket }),
      unknown: await addressReader(
        configuration,
        stacks.filter((stack) => stack.folder === undefined),
      ),
      readOnly,
    };
    const perStack = await Promise.all(stacks.map((stack) => checkStack(stack, contracts.get(stack.id), shared)));
    return [...bucketLines, ...perStack.flat()];
  } finally {
    bucket?.raw.close();
    bucket?.store.close();
  }
}

async function checkStack(
  stack: StackInstance,
  contract: StateContract | undefined,
  { configuration, bucket, unknown, readOnly }: Shared,
): Promise<readonly CheckLine[]> {
  if (contract === undefined) return [];
  const entry = ledgerEntry(configuration.ledger, stack);
  const place = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  // A place that does not tell who has its lock is asked by taking it.
  const found = await sealedPlace(configuration, stack, entry?.sealed?.location, process.env);
  const sealed = readOnly && found?.holder === undefined ? undefined : found;
  const sealLines =
    found === sealed
      ? []
      : [notLookedAt(`${stack.id}: seal`, "not tested: --read-only takes no lock, and its server does not tell")];
  const movable = isMovable(configuration, stack);
  // What lies beside a state in the bucket says nothing of a state that no flag moves.
  const beside =
    bucket === undefined || !movable
      ? {}
      : { beside: { store: bucket.store, stateKey: stateKey(configuration, stack) } };
  const besideLines = movable
    ? []
    : [notLookedAt(`${stack.id}: records`, "not looked at: a Secret has no generation, no versions and no move")];
  const other = bucket === undefined ? undefined : await otherDoor(configuration, stack, contract, process.env);
  try {
    const stateLines = await checkState({
      id: stack.id,
      stateName: stack.stateName,
      ledgerFile: configuration.ledger.file,
      ...(entry === undefined ? {} : { ledgerEntry: entry }),
      contract,
      place,
      ...beside,
      ...(sealed === undefined ? {} : { sealedPlace: sealed }),
      ...(stack.folder === undefined ? { unknownAddresses: (state: StateRead) => unknown(stack, state) } : {}),
      ...(configuration.organization.state.backup === undefined
        ? {}
        : { newestBackup: () => newestBackup(configuration, stack, process.env) }),
      clock: systemClock,
    });
    const lines = [...stateLines, ...sealLines, ...besideLines];
    if (other === undefined) return lines;
    return [
      ...lines,
      await checkOtherPlace({
        id: stack.id,
        place,
        other,
        ...(entry === undefined ? {} : { ledgerEntry: entry }),
        ...beside,
      }),
    ];
  } finally {
    for (const one of [place, found, other]) one?.close();
  }
}

function asText({ name, status, detail, milliseconds, command }: CheckLine): string {
  const mark = {
    ok: paint("green", "ok    "),
    failed: paint("red", "FAILED"),
    note: paint("yellow", "note  "),
    finding: paint("yellow", "FOUND "),
  }[status];
  const line = `${mark}  ${name.padEnd(28)} ${String(milliseconds).padStart(5)} ms  ${detail.split("\n").join("\n".padEnd(48))}`;
  return command === undefined ? line : `${line}\n${" ".repeat(8)}${paint("dim", `$ ${command}`)}`;
}
