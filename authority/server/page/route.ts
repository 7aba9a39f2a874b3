import type { FastifyReply, FastifyRequest } from "fastify";
import { scratchName } from "../../../lib/backend/scratch";
import { type Clock } from "../../clock";
import { type VersionReader, versionReader } from "../../history/versions";
import { type StateSummary } from "../../state/state-summary";
import type { AuditEntry } from "../audit";
import { identify } from "../authenticate";
import { type RouteContext, shareOf } from "../state-routes";
import { lookAt } from "./look";
import { pageHeaders, renderPage } from "./page";

/** So many versions of a state are shown. */
const limit = 10;

/** What versions say of themselves never changes, so it is kept; the oldest entries make room. */
const remembered = 2_000;

/** What versions of states were found to be. */
export type KnownVersions = Map<string, StateSummary | string>;

/** The page at `/`, for whoever has credentials: the states that are theirs. */
export async function handlePage(
  context: RouteContext,
  known: KnownVersions,
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
  entry: AuditEntry,
): Promise<void> {
  entry.action = "read";
  const identity = await identify(context.authenticator, request.headers.authorization);
  entry.user = identity.name;
  const { store } = context;
  const reader = rememberingReader(known, sharingReader(context, reply));
  const now = clock.now();
  const states = [...context.states.values()].filter(({ name }) => name !== scratchName && identity.mayUse(name));
  const looks = await Promise.all(
    states.map((state) =>
      lookAt(state, {
        store,
        holder: () => state.authority.holder(),
        read: () => state.authority.read(),
        reader,
        now,
        limit,
      }),
    ),
  );
  const page = renderPage({ looks, user: identity.name, store: store.description, now, limit });
  await reply.code(200).headers(pageHeaders).type("text/html; charset=utf-8").send(page);
}

/** Reads versions within the memory that requests share. */
function sharingReader(context: RouteContext, reply: FastifyReply): VersionReader {
  const read = versionReader(context.store);
  return async (key, version) => {
    const share = await shareOf(context, version.size, reply);
    try {
      return await read(key, version);
    } finally {
      share.release();
    }
  };
}

function rememberingReader(known: KnownVersions, read: VersionReader): VersionReader {
  return async (key, version) => {
    // In a bucket without versions every object's version has the same name.
    const name = JSON.stringify([key, version.id, version.at.toISOString(), version.size]);
    const found = known.get(name) ?? (await read(key, version));
    known.set(name, found);
    for (const oldest of known.keys()) {
      if (known.size <= remembered) break;
      known.delete(oldest);
    }
    return found;
  };
}
