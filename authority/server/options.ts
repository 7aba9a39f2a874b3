import type { DestinationStream } from "pino";
import type { ObjectStore } from "../stores/object-store";
import type { Clock } from "../clock";
import type { Authenticator } from "./authenticate";
import { serveNeedsTls, stateServedTwice } from "./refusals";

/** A state that the server knows. */
export interface ServedState {
  /** The name in the address, `<stack>-<env>`. */
  readonly name: string;
  /** The object's key in the store. */
  readonly key: string;
  /** The stack's id on the command line, for the commands in messages. */
  readonly id: string;
  /** Which backend the flag names, and where the ledger says that the state is. Default: not shown. */
  readonly backend?: string;
  readonly place?: string;
}

export interface ServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly states: readonly ServedState[];
  readonly store: ObjectStore;
  readonly authenticator: Authenticator;
  /** Where audit lines and the log go, one JSON document a line. */
  readonly log: DestinationStream;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Says that a proxy in front speaks TLS. It is then believed about the client's address (the last X-Forwarded-For). */
  readonly behindTlsProxy?: boolean;
  /** Bytes of states and bodies in memory at once; more wait. Default: 256 MiB. */
  readonly memoryBudget?: number;
  /** Bytes of states that are kept to compare with what the store has, instead of moving them. Default: 64 MiB. */
  readonly readCache?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Throws UserError for a server that would send passwords in clear over a network, or serve one object under two names. */
export function refuseUnsafe({ listen, tls, behindTlsProxy, states }: ServerOptions): void {
  if (!tls && behindTlsProxy !== true && !isLoopback(listen.host)) {
    throw serveNeedsTls(listen.host);
  }
  for (const field of ["name", "key"] as const) {
    const values = states.map((state) => state[field]);
    const double = values.find((value, index) => values.indexOf(value) !== index);
    if (double !== undefined) throw stateServedTwice(field, double);
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
