import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Server, ServerCredentials } from "@grpc/grpc-js";

import { type OutsideChange } from "./outside";
import { ReplayedProvider } from "./provider";
import { type RecordedProvider, recordedProviders } from "./schema";
import { providerService } from "./service";

export interface ReplayServer {
  /** The value of TF_REATTACH_PROVIDERS with which an engine talks to this server instead of starting providers. */
  readonly reattach: string;
  /** The folder of the sockets, readable by its owner alone. It is gone after `close`. */
  readonly folder: string;
  /** Ends the server, with whatever calls are open, and removes its folder. Calling it again does nothing. */
  close(): Promise<void>;
}

interface ReplayOptions {
  /** The providers to replay. @default all that are recorded in planning/schemas */
  readonly providers?: readonly RecordedProvider[];
  /** What is said to be changed outside, asked for at each look at a resource. @default nothing */
  readonly outside?: () => readonly OutsideChange[];
}

/** An engine looks a provider up by its full address, and each engine has a registry host of its own. */
const HOSTS = ["registry.terraform.io", "registry.opentofu.org"];

/** A socket's path must fit into 108 bytes (unix(7)); a longer temporary folder than this cannot hold one. */
const LONGEST_FOLDER = 80;

/**
 * Serves the recorded providers on unix sockets, one each, in this process. It asks nothing outside and writes nothing but its
 * socket folder. Reading a schema waits until an engine asks for it.
 */
export async function startReplay(options: ReplayOptions = {}): Promise<ReplayServer> {
  const folder = mkdtempSync(join(tmpdir().length > LONGEST_FOLDER ? "/tmp" : tmpdir(), "replay-"));
  const servers: Server[] = [];
  // A process that ends without `close`, by an uncaught error say, leaves no folder behind either.
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    for (const server of servers) server.forceShutdown();
    process.off("exit", remove);
    remove();
  };
  try {
    const addresses: Record<string, unknown> = {};
    for (const recorded of options.providers ?? recordedProviders()) {
      const socket = join(folder, `${recorded.address.replace("/", "-")}.sock`);
      servers.push(await serve(recorded, socket, options.outside));
      for (const host of HOSTS) addresses[`${host}/${recorded.address}`] = reattachTo(socket);
    }
    return { reattach: JSON.stringify(addresses), folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serve(
  recorded: RecordedProvider,
  socket: string,
  outside?: () => readonly OutsideChange[],
): Promise<Server> {
  // States and schemas may be of any size; grpc's own limit is 4 MB.
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(...providerService(new ReplayedProvider(recorded, outside)));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  return server;
}

/** The form is go-plugin's. `Test` says that the engine must not end this process when it is done. */
function reattachTo(socket: string): unknown {
  return {
    Protocol: "grpc",
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: "unix", String: socket },
  };
}
