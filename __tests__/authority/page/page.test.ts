import { createHash } from "node:crypto";
import fc from "fast-check";
import { type Authenticator, type Identity } from "../../../authority/server/authenticate";
import { encodeRecord } from "../../../authority/lease/record";
import { StateObject } from "../../../authority/state/state-object";
import { MemoryStore } from "../../../authority/stores/memory";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { html } from "../../../authority/server/page/html";
import { visible } from "../../../lib/text/visible";
import { broken, serve, states } from "../server/served";
import { lockInfo, send, stateBytes } from "../support";
import { tagsOf, textOf } from "./markup";

/** The page at `/`, by its HTML. What a browser makes of it is __tests__/browser's. */
const [dev, prod] = ["attic/terraform.tfstate", "prod/attic/terraform.tfstate"];
const lock = (ID: string, Who = "ci@runner-7") => lockInfo(ID, { Who });
const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const since = "2026-04-16T09:12:00Z";

async function page(options: Parameters<typeof serve>[0]): Promise<string> {
  const { send } = await serve(options);
  const { status, body, headers } = await send("GET", "/", undefined, browser);
  expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  return body;
}

async function written(serials: readonly number[], writer = "ann"): Promise<MemoryStore> {
  const store = new MemoryStore();
  const state = new StateObject(store, dev);
  await state.lock(lock("one"));
  for (const serial of serials)
    await state.write(stateBytes(serial, undefined, { secret: { value: "hunter2", type: "string" } }), "one", writer);
  await state.unlock("one");
  return store;
}

it("tells nothing to whoever has no credentials, and to the others what is theirs", async () => {
  const readers: Authenticator = {
    authenticate: async (name): Promise<Identity | undefined> =>
      name === "eve" ? undefined : { name, role: "read", mayUse: (state) => state.endsWith(`-${name}`) },
  };
  const { server } = await serve({ authenticator: readers, store: await written([1]) });
  for (const auth of [undefined, "eve:x"]) {
    const answer = await send("GET", `${server.url}/`, { headers: browser, ...(auth === undefined ? {} : { auth }) });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toContain("Basic");
    expect(answer.body).not.toContain("attic");
  }
  const forProd = (await send("GET", `${server.url}/`, { auth: "prod:x", headers: browser })).body;
  expect(forProd).toContain("attic-prod");
  expect(forProd).not.toContain("attic-dev");
  const forNobody = (await send("GET", `${server.url}/`, { auth: "nobody:x", headers: browser })).body;
  expect(forNobody).toContain("None that nobody may see");
});

it("shows each state with its versions, and nothing of their content", async () => {
  const body = await page({
    store: await written([3, 4]),
    states: [
      { ...states[0], name: "attic-dev", key: dev, id: "attic", backend: "s3", place: `s3://tofu-state/${dev}` },
    ],
  });
  const text = textOf(body);
  expect(text).toContain(`attic-dev|s3|s3://tofu-state/${dev}|11111111|4|0 min ago|ann|free`);
  expect(text).toContain(
    "4|0 min ago|".concat(
      String(stateBytes(4, undefined, { secret: { value: "hunter2", type: "string" } }).length),
      "|ann|is the state",
    ),
  );
  expect(text).toContain("flywheel restore attic --version 1");
  expect(text).toContain("flywheel plan attic");
  expect(body).not.toContain("hunter2");
});

it("has one style that its policy names, and nothing else that a browser would run, load or send", async () => {
  const { send } = await serve({ store: await written([1]) });
  const { body, headers } = await send("GET", "/", undefined, browser);
  const [, style] = /<style>(.*?)<\/style>/s.exec(body) ?? [];
  const sum = createHash("sha256")
    .update(style ?? "")
    .digest("base64");
  expect(headers["content-security-policy"]).toBe(
    `default-src 'none'; style-src 'sha256-${sum}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  for (const { name, attributes } of tagsOf(body)) {
    expect(["script", "link", "img", "iframe", "form", "object", "base"]).not.toContain(name);
    expect(Object.keys(attributes).filter((key) => /^(on|style$|src)/.test(key))).toEqual([]);
    expect(attributes["href"] ?? "#").toMatch(/^#/);
  }
});

it("is told by a screen reader: language, title, captions, scopes, and a name for what scrolls", async () => {
  const tags = tagsOf(await page({ store: await written([1, 2]) }));
  const all = (name: string) => tags.filter((tag) => tag.name === name);
  expect(all("html")[0]?.attributes["lang"]).toBe("en");
  expect([all("title"), all("main"), all("h1")].map(({ length }) => length)).toEqual([1, 1, 1]);
  expect(all("caption").length).toBe(all("table").length);
  expect(all("th").every(({ attributes }) => ["row", "col"].includes(attributes["scope"] ?? ""))).toBe(true);
  const ids = tags.flatMap(({ attributes }) => attributes["id"] ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  const named = tags.flatMap(({ attributes }) => attributes["aria-labelledby"] ?? []);
  const targets = tags.flatMap(({ attributes }) => attributes["href"]?.slice(1) ?? []);
  expect([...named, ...targets].filter((id) => !ids.includes(id))).toEqual([]);
});

it("shows what is under way, with the command for what one would do next", async () => {
  const store = await written([1]);
  await new StateObject(store, dev).lock(lock("it's $(mine)"));
  const lease = { version: 1, id: "l", who: "ben", host: "laptop", since, bundle: null, phase: "attempted" };
  await store.create(`${prod}.apply`, encodeRecord(lease));
  await store.create(`${prod}.freeze`, encodeRecord({ version: 1, who: "cleo", since, why: "the store is moved" }));
  const text = textOf(await page({ store }));
  expect(text).toContain("locked by ci@runner-7 (apply, since 2026-04-16T09:12:00Z, lock it's $(mine))");
  expect(text).toContain(`flywheel unlock attic 'it'\\''s $(mine)'`);
  expect(text).toContain("apply by ben on laptop since 2026-04-16T09:12:00Z (attempted)");
  expect(text).toContain("flywheel reconcile attic-prod");
  expect(text).toContain("frozen by cleo since 2026-04-16T09:12:00Z: the store is moved");
  expect(text).toContain("flywheel thaw attic-prod");
});

it("names the apply that wrote the newest version, with commit and run", async () => {
  const store = await written([1, 2]);
  const [commit, run] = ["0123456789abcdef0123456789abcdef01234567", "https://github.com/acme/infra/actions/runs/42"];
  const apply = {
    id: "a",
    who: "ci",
    host: "runner-7",
    at: since,
    commit,
    run,
    bundle: null,
    state: null,
    changes: [],
  };
  const record = { version: 1, submitted: [], applies: [{ ...apply, outcome: "applied", serial: 2 }] };
  await store.create(`${dev}.applies`, encodeRecord(record));
  expect(textOf(await page({ store }))).toContain(`|ci on runner-7, commit 0123456789ab, run ${run}|`);
});

it("says what cannot be read, state by state, and that a state vanished", async () => {
  const out = textOf(await page({ store: broken(new StoreUnavailable("bucket x", "NoSuchBucket")) }));
  expect(out).toContain("2 of 2 cannot be read.");
  expect(out).toContain("cannot be read: bucket x: NoSuchBucket");
  expect(out).toContain("flywheel check attic-prod");
  const store = new MemoryStore();
  const generation = { generation: 1, backend: "s3", location: `s3://b/${dev}`, at: since };
  await store.create(`${dev}.generation`, Buffer.from(JSON.stringify(generation)));
  expect(textOf(await page({ store }))).toContain(`${dev} has vanished`);
});

it("reads a version once, however often it is looked at", async () => {
  const store = await written([1, 2, 3]);
  let reads = 0;
  const counting = Object.assign(Object.create(store) as MemoryStore, {
    read: (key: string) => store.read(key),
    history: (key: string) => store.history(key),
    readVersion: (key: string, id: string) => ((reads += 1), store.readVersion(key, id)),
  });
  const server = await serve({ store: counting });
  for (let time = 0; time < 3; time += 1) await server.send("GET", "/", undefined, browser);
  expect(reads).toBe(3);
});

it("is the same markup whatever others wrote, and shows what they wrote", async () => {
  const hostile = `<script>alert("1")</script>'"&amp;\u202e\n</td>`;
  const of = async (text: string) => {
    const store = await written([1], text);
    await new StateObject(store, dev).lock(lock(text, text));
    await store.create(`${dev}.freeze`, encodeRecord({ version: 1, who: text, since, why: text }));
    return page({ store });
  };
  const body = await of(hostile);
  const names = (markup: string) => tagsOf(markup).map(({ name, attributes }) => [name, Object.keys(attributes)]);
  expect(names(body)).toEqual(names(await of("ann")));
  expect(textOf(body)).toContain(visible(hostile));
});

it("escapes any text, as an element's and as an attribute's", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { markup } = html`<p title="${text}">${text}</p>`;
      expect(tagsOf(markup).map(({ name }) => name)).toEqual(["p"]);
      expect(tagsOf(markup)[0]?.attributes).toEqual({ title: visible(text) });
      expect(textOf(markup)).toBe(visible(text).replace(/\s+/g, " "));
    }),
  );
});
