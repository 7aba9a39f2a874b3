import { setTimeout as sleep } from "node:timers/promises";
import { configuredBucket, configuredS3Store } from "../../authority/stores/configured-store";
import { type ObjectStore } from "../../authority/stores/object-store";
import { isMovable } from "../../authority/state/movable";
import { stateKey } from "../../authority/state/state-key";
import { singleWriterFromEnvironment } from "../../authority/server/authenticate";
import { CertificateFiles, validUntil, watchCertificate } from "../../authority/server/certificate";
import { type ServedState } from "../../authority/server/options";
import { type RunningServer, startServer } from "../../authority/server/server";
import { usersFromFile } from "../../authority/server/users";
import { type S3Bucket } from "../../authority/stores/s3-bucket";
import { FileStore } from "../../authority/stores/file";
import { location } from "../../lib/backend/contract";
import { findContracts } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, everyStack } from "../../lib/config/load";
import { type UserError } from "../../lib/errors";
import { Interrupted } from "../../lib/signals";
import { note, print } from "../terminal";
import { halfAPair, dirOfNoStore, notAListenAddress } from "./refusals";

/** Milliseconds that a start waits for what the bucket says of itself. */
const patience = 3_000;

/** The options of `serve`, as the command line gives them. */
export interface ServeOptions {
  readonly listen: string;
  readonly store?: "s3" | "file";
  readonly dir?: string;
  readonly users?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly behindTlsProxy?: true;
}

/**
 * `flywheel serve`: prints where it listens, serves until it is told to stop, and finishes what it accepted.
 * @throws Interrupted then, after the SIGINT or SIGTERM that told it.
 */
export async function serveCommand(options: ServeOptions): Promise<void> {
  const listen = parseListen(options.listen);
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw halfAPair();
  }
  const configuration = loadConfiguration(configurationFolder());
  const files =
    options.cert === undefined || options.key === undefined
      ? undefined
      : new CertificateFiles(options.cert, options.key);
  const certificate = await files?.load();
  if (certificate !== undefined && validUntil(certificate) < new Date())
    note(`${options.cert ?? ""}: expired on ${validUntil(certificate).toISOString()}; clients will refuse it`);
  const report = (problem: UserError) => note(`${problem.message}\n  What was read before stays in use.`);
  const { store, close, blindSpots } = await openStore(configuration, options);
  for (const blind of blindSpots) note(blind);
  const server = await startServer({
    listen,
    states: await statesOf(configuration),
    store,
    authenticator:
      options.users === undefined
        ? singleWriterFromEnvironment(process.env)
        : await usersFromFile(options.users, report),
    log: process.stderr,
    ...(certificate === undefined ? {} : { tls: certificate }),
    behindTlsProxy: options.behindTlsProxy === true,
  });
  const reloading = reloadOn(server, files, report);
  print(`listening on ${server.url}`);
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await server.close();
  reloading.stop();
  close();
  throw new Interrupted(signal);
}

/** Every state that a store of ours may hold, with its place where that is known: a server serves its keys whatever the flag says. */
async function statesOf(configuration: Configuration): Promise<readonly ServedState[]> {
  const stacks = everyStack(configuration).filter((stack) => isMovable(configuration, stack));
  const { contracts } = await findContracts(configuration, stacks, process.env);
  return stacks.map((stack) => {
    const contract = contracts.get(stack.id);
    return {
      name: stack.stateName,
      key: stateKey(configuration, stack),
      id: stack.id,
      ...(contract === undefined ? {} : { backend: contract.type, place: location(contract) }),
    };
  });
}

/** How soon a renewed certificate is served where nobody says so by SIGHUP. */
const certificateInterval = 2_000;

/**
 * A SIGHUP reads again what is read again on change anyway, at once: it is what certificate tools send, and what a terminal that
 * closes sends, so it never ends the server. The users are read with the next request.
 */
function reloadOn(
  server: RunningServer,
  files: CertificateFiles | undefined,
  report: (problem: UserError) => void,
): { stop: () => void } {
  const watch =
    files &&
    watchCertificate(files, {
      interval: certificateInterval,
      renew: (certificate) => server.renewCertificate(certificate),
      report,
    });
  const reload = () => {
    note("SIGHUP: certificate and users are read again where they have changed");
    void watch?.look();
  };
  process.on("SIGHUP", reload);
  return {
    stop: () => {
      watch?.stop();
      process.off("SIGHUP", reload);
    },
  };
}

/** The store that is asked for: by default the bucket where there is one. */
async function openStore(
  configuration: Configuration,
  { store, dir }: ServeOptions,
): Promise<{ store: ObjectStore; close: () => void; blindSpots: readonly string[] }> {
  const kind = store ?? (configuration.organization.state.s3 === undefined ? "file" : "s3");
  if (kind === "file") return { store: await FileStore.open(dir ?? "state"), close: () => undefined, blindSpots: [] };
  if (dir !== undefined) {
    const why = store === undefined ? "state.s3 is configured, so states are in its bucket" : "--store is s3";
    throw dirOfNoStore(why);
  }
  const bucket = configuredS3Store(configuration, process.env);
  const raw = configuredBucket(configuration, process.env);
  try {
    return { store: bucket, close: () => bucket.close(), blindSpots: await cannotTell(raw, configuration) };
  } finally {
    raw.close();
  }
}

/** What a server over this bucket cannot tell from an outage, as far as the bucket says at this moment. */
async function cannotTell(bucket: S3Bucket, configuration: Configuration): Promise<readonly string[]> {
  const status = await Promise.race([
    bucket.versioning().catch(() => "unknown" as const),
    sleep(patience, "unknown" as const, { ref: false }),
  ]);
  const { authority } = configuration.organization.state.s3 ?? {};
  const vanished = "a state that vanished is known only while this process has seen it, or it was moved here";
  return [
    ...(authority === undefined
      ? [
          `state.s3.authority is not set: a bucket that was created anew, or another server at ${bucket.description}, cannot be told from one that never had the states.\n  Give it its identity, in good days: flywheel register --authority`,
        ]
      : []),
    ...(status === "Enabled"
      ? []
      : status === "unknown"
        ? [`${bucket.description} does not say now whether it keeps versions. Where it keeps none, ${vanished}`]
        : [`${bucket.description} keeps no versions (versioning is ${status ?? "off"}): ${vanished}`]),
  ];
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw notAListenAddress(text);
  return { host: match[1] ?? match[2] ?? "", port };
}
