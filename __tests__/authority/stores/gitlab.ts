import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Lock {
  readonly id: string;
  readonly user: string;
  readonly at: string;
  /** The whole lock info as it was sent, for servers that keep it. */
  readonly sent: string;
}

/** A server that keeps one Terraform state as GitLab does. */
export interface GitLab {
  readonly address: string;
  state: Buffer | undefined;
  lock: Lock | undefined;
  /** What a server that keeps its locks in memory does when it is started again. */
  restart(): void;
  close(): Promise<void>;
}

export interface GitLabOptions {
  /** GitLab answers 409 to a LOCK that comes too late; proxies and older versions were seen with 423. */
  readonly refusal?: 409 | 423;
  readonly user?: string;
  readonly password?: string;
  /**
   * What other servers do otherwise, each as one of them was seen to:
   * - nimbolus/terraform-backend keeps the whole lock info, answers 423 with it, compares all of it on UNLOCK, and answers 400 where it
   *   differs and also where nothing is locked;
   */
  readonly comparesWholeInfo?: boolean;
  /** - some answer 200 with nothing in it for a state that they do not have; */
  readonly emptyWhereNoState?: boolean;
  /** - some take a new state by PUT only. An UNLOCK without an ID breaks the lock in GitLab and in most of them. */
  readonly updateMethod?: "POST" | "PUT";
}

/**
 * GitLab's state interface as its source has it (gitlabhq lib/api/terraform/state.rb, app/services/terraform/remote_state_handler.rb):
 * - a name that was never used is 404, one that was only locked is 204;
 * - of a lock it keeps ID, user and time. To one who comes too late it answers those, with Operation, Info, Version and Path of the request;
 * - a second LOCK with the same ID is refused like any other;
 * - a write needs the lock's ID as ?ID= exactly where there is a lock; an UNLOCK without ID breaks the lock;
 * - a wrong password is 401, and there is neither lineage check nor serial check.
 */
export async function startGitLab({
  refusal = 409,
  user = "ann",
  password = "glpat-secret",
  comparesWholeInfo = false,
  emptyWhereNoState = false,
  updateMethod = "POST",
}: GitLabOptions = {}): Promise<GitLab> {
  const path = "/api/v4/projects/1/terraform/state/attic-dev";
  const gitlab: { state: Buffer | undefined; lock: Lock | undefined } = { state: undefined, lock: undefined };
  let isKnown = false;

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const url = new URL(incoming.url ?? "/", "http://gitlab");
    const reply = (status: number, content: Buffer | string = "") =>
      void outgoing.writeHead(status, { "content-type": "application/json" }).end(content);
    if (incoming.headers.authorization !== `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`)
      return reply(401, '{"message":"401 Unauthorized"}');
    const isLock = url.pathname === `${path}/lock`;
    if (!isLock && url.pathname !== path) return reply(404, '{"message":"404 Not found"}');
    const sent = isLock && body.length > 0 ? JSON.parse(body.toString()) : {};
    const id: string | undefined = sent.ID ?? url.searchParams.get("ID") ?? undefined;

    if (isLock && incoming.method === "POST") {
      isKnown = true;
      const status = gitlab.lock === undefined ? 200 : refusal;
      gitlab.lock ??= { id: id ?? "", user, at: new Date().toISOString(), sent: body.toString() };
      if (comparesWholeInfo) return reply(status, status === 200 ? "" : gitlab.lock.sent);
      const { Operation, Info, Version, Path } = sent;
      return reply(
        status,
        JSON.stringify({
          Operation,
          Info,
          Version,
          Path,
          ID: gitlab.lock.id,
          Who: gitlab.lock.user,
          Created: gitlab.lock.at,
        }),
      );
    }
    if (isLock && incoming.method === "DELETE") {
      // That one sends back what it was sent.
      if (comparesWholeInfo && body.length > 0 && !isSameInfo(gitlab.lock?.sent, body)) return reply(400, body);
      if (id !== undefined && gitlab.lock?.id !== id) return reply(409);
      gitlab.lock = undefined;
      return reply(200);
    }
    if (isLock) return reply(405);
    if (incoming.method === "GET" && gitlab.state === undefined)
      return emptyWhereNoState ? reply(200) : reply(isKnown ? 204 : 404);
    if (incoming.method === "GET") return reply(200, gitlab.state);
    if (gitlab.lock?.id !== id) return reply(comparesWholeInfo ? 400 : refusal, '{"message":"state is locked"}');
    if (incoming.method === updateMethod) {
      isKnown = true;
      gitlab.state = body;
      return reply(200);
    }
    if (incoming.method !== "DELETE") return reply(405);
    gitlab.state = undefined;
    isKnown = false;
    return reply(200);
  };
  const server = createServer(
    (incoming, outgoing) => void answer(incoming, outgoing).catch(() => outgoing.destroy()),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  return Object.assign(gitlab, {
    address: `http://127.0.0.1:${port}${path}`,
    restart: () => {
      gitlab.lock = undefined;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

/** Whether two lock infos say the same, field by field. */
function isSameInfo(held: string | undefined, sent: Buffer): boolean {
  if (held === undefined) return false;
  const fields = (text: string) => Object.entries(JSON.parse(text)).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(fields(held)) === JSON.stringify(fields(sent.toString()));
}
