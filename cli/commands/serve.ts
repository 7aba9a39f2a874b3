import { readFileSync } from "node:fs";
import { configuredS3Store } from "../../authority/stores/configured-store";
import { type ObjectStore } from "../../authority/stores/object-store";
import { stateKey } from "../../authority/state/state-key";
import { singleWriterFromEnvironment } from "../../authority/server/authenticate";
import { startServer } from "../../authority/server/server";
import { usersFromFile } from "../../authority/server/users";
import { FileStore } from "../../authority/stores/file";
import { type Configuration, configurationFolder, loadConfiguration } from "../../lib/config/load";
import { UsageError, UserError } from "../../lib/errors";
import { note, print } from "../terminal";

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

/** `flywheel serve`: prints where it listens, serves until it is told to stop, and finishes what it accepted. */
export async function serveCommand(options: ServeOptions): Promise<void> {
  const listen = parseListen(options.listen);
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new UsageError({ code: "usage", what: "--cert and --key go together", expected: "both, or neither" });
  }
  const configuration = loadConfiguration(configurationFolder());
  const { store, close } = await openStore(configuration, options);
  const server = await startServer({
    listen,
    states: configuration.stacks.map((stack) => ({
      name: stack.stateName,
      key: stateKey(configuration, stack),
      id: stack.id,
    })),
    store,
    authenticator:
      options.users === undefined
        ? singleWriterFromEnvironment(process.env)
        : await usersFromFile(options.users, (problem) => note(problem.message)),
    log: process.stderr,
    ...(options.cert === undefined || options.key === undefined
      ? {}
      : { tls: { cert: readPem(options.cert), key: readPem(options.key) } }),
    behindTlsProxy: options.behindTlsProxy === true,
  });
  print(`listening on ${server.url}`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await server.close();
  close();
}

/** The store that is asked for: by default the bucket where there is one. */
async function openStore(
  configuration: Configuration,
  { store, dir }: ServeOptions,
): Promise<{ store: ObjectStore; close: () => void }> {
  const kind = store ?? (configuration.organization.state.s3 === undefined ? "file" : "s3");
  if (kind === "file") return { store: await FileStore.open(dir ?? "state"), close: () => undefined };
  if (dir !== undefined) {
    const why = store === undefined ? "state.s3 is configured, so states are in its bucket" : "--store is s3";
    throw new UsageError({
      code: "usage",
      what: `--dir is the file store's, and ${why}`,
      expected: "--store file with --dir, or neither",
    });
  }
  const bucket = configuredS3Store(configuration, process.env);
  return { store: bucket, close: () => bucket.close() };
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535)
    throw new UsageError({
      code: "usage",
      what: `--listen is "${text}"`,
      expected: "HOST:PORT, such as 127.0.0.1:8080",
    });
  return { host: match[1] ?? match[2] ?? "", port };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError({
      code: "no-pem",
      file,
      what: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      expected: "a PEM file",
    });
  }
}
