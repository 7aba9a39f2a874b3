import { once } from "node:events";
import { createServer } from "node:http";

/** An HTTP server that holds a state and is not ours. */
interface Foreign {
  readonly address: string;
  /** The methods of all that was asked, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Starts one that answers every GET with these bytes, and everything else with this status. */
export async function startForeign(state: string, status: number): Promise<Foreign> {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(incoming.method ?? "");
    incoming.resume();
    outgoing.writeHead(incoming.method === "GET" ? 200 : status).end(incoming.method === "GET" ? state : "<html>\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  return {
    asked,
    address: `http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}/states/one`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
