import { type ObjectStore } from "../../../authority/stores/object-store";
import { singleWriter } from "../../../authority/server/authenticate";
import { type ServerOptions } from "../../../authority/server/options";
import { startServer, type RunningServer } from "../../../authority/server/server";
import { MemoryStore } from "../../../authority/stores/memory";
import { type Answer, lockInfo, send } from "../support";

/** The states that it serves. */
export const states = [
  { name: "attic-dev", key: "attic/terraform.tfstate", id: "attic" },
  { name: "attic-prod", key: "prod/attic/terraform.tfstate", id: "attic-prod" },
];
/** The body of a LOCK and an UNLOCK. */
export const lockBody = (ID: string): string => JSON.stringify(lockInfo(ID));
export const password = "pass:word-that-must-never-be-logged";

export interface TestServer {
  readonly server: RunningServer;
  readonly store: ObjectStore;
  /** The log so far, by line. */
  readonly log: string[];
  /** A request of the writer. */
  send(method: string, path: string, body?: Buffer | string, headers?: Record<string, string>): Promise<Answer>;
}

const running: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (server) => server.close()));
});

/** Starts the server over a store in memory, unless told otherwise; it is closed after the test. */
export async function serve(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const log: string[] = [];
  const store = options.store ?? new MemoryStore();
  const server = await startServer({
    listen: { host: "127.0.0.1", port: 0 },
    states,
    authenticator: singleWriter("ann", password),
    log: { write: (line) => void log.push(line) },
    ...options,
    store,
  });
  running.push(server);
  return {
    server,
    store,
    log,
    send: async (method, path, body, headers) =>
      send(method, `${server.url}${path}`, { body, headers, auth: `ann:${password}` }),
  };
}

/** A store of which every request fails like this. */
export function broken(error: Error): ObjectStore {
  const store = new MemoryStore();
  const fail = async (): Promise<never> => Promise.reject(error);
  return Object.assign(store, { read: fail, create: fail, replace: fail, remove: fail });
}
