import { blame } from "../../../authority/history/blame";
import { raiseGeneration } from "../../../authority/ledger/generation";
import { restore } from "../../../authority/history/restore";
import { stateVersions } from "../../../authority/history/versions";
import { type ObjectStore } from "../../../authority/stores/object-store";
import { StateObject } from "../../../authority/state/state-object";
import { MemoryStore } from "../../../authority/stores/memory";
import { systemClock } from "../../../authority/clock";
import { type LedgerEntry } from "../../../lib/config/ledger";
import { whyNoHistory } from "../../../authority/history/kept";
import { addressHistory } from "../../../authority/history/blame";
import { sealId, sealInfo } from "../../../authority/cutover/seal";
import { lockKey, marshalLockInfo } from "../../../authority/state/lock-info";
import { catalogue, identityOf } from "../../../lib/addresses/catalogue";
import { type StateContract } from "../../../lib/backend/contract";
import { codeOf } from "../../support/code-of";

const key = "dev/attic/terraform.tfstate";

function state(serial: number, replicas: Readonly<Record<string, number>>, lineage = "lineage-1"): Buffer {
  const resources = Object.entries(replicas).map(([name, value]) => ({
    mode: "managed",
    type: "kubernetes_deployment",
    name,
    provider: "p",
    instances: [{ schema_version: 1, attributes: { replicas: value } }],
  }));
  return Buffer.from(
    JSON.stringify({ version: 4, terraform_version: "1.11.4", serial, lineage, outputs: {}, resources }),
  );
}

async function storeWith(...versions: readonly Buffer[]): Promise<ObjectStore> {
  const store = new MemoryStore();
  for (const [index, bytes] of versions.entries()) {
    const current = await store.read(key);
    if (current === undefined) await store.create(key, bytes, { writer: `writer-${index}` });
    else await store.replace(key, bytes, current.version, { writer: `writer-${index}` });
  }
  return store;
}

const request = {
  id: "attic",
  stateKey: key,
  who: "ann@laptop",
  clock: systemClock,
  ledger: { file: "config/state-ledger.yaml", stateName: "attic-dev" },
};

describe("history", () => {
  it("tells serial, lineage and writer, newest first, and what is no state", async () => {
    const store = await storeWith(state(1, {}), Buffer.from("not a state"), state(3, {}));
    const versions = await stateVersions(store, key, 10);
    expect(versions.map(({ serial, writer, unreadable }) => [serial, writer, unreadable])).toEqual([
      [3, "writer-2", undefined],
      [undefined, "writer-1", "it is not JSON"],
      [1, "writer-0", undefined],
    ]);
    expect(await stateVersions(store, key, 1)).toHaveLength(1);
  });
});

describe("restore", () => {
  it("makes an earlier version the state again, as a higher serial than ever, and gives the lock back", async () => {
    const store = await storeWith(state(1, { api: 1 }), state(5, { api: 9 }));
    const oldest = (await stateVersions(store, key, 10)).at(-1);
    expect(await restore({ ...request, store, version: oldest?.version ?? "" })).toEqual({ serial: 6, from: 1 });
    const authority = new StateObject(store, key);
    const now = await authority.read();
    expect([now?.serial, now?.lineage]).toEqual([6, "lineage-1"]);
    expect(JSON.parse(now?.bytes.toString() ?? "")).toMatchObject({
      resources: [{ instances: [{ attributes: { replicas: 1 } }] }],
    });
    expect(await authority.holder()).toBeUndefined();
    expect((await stateVersions(store, key, 10)).map(({ serial }) => serial)).toEqual([6, 5, 1]);
  });

  it("changes no byte but the serial's: numbers, order, white space and the missing last line end stay", async () => {
    const old =
      '{ "lineage":"lineage-1",\t"big": 7227701560655103598, "one": 1.0, "huge": 1e400,\r\n "serial" :  1 , "version":4,"outputs":{"serial":{"value":-0}}}';
    const store = await storeWith(Buffer.from(old), state(5, {}));
    const oldest = (await stateVersions(store, key, 10)).at(-1);
    await restore({ ...request, store, version: oldest?.version ?? "" });
    expect((await store.read(key))?.bytes.toString()).toBe(old.replace('"serial" :  1 ,', '"serial" :  6 ,'));
  });

  it("looks at ledger and generation first", async () => {
    const store = await storeWith(state(1, {}), state(5, {}));
    const oldest = (await stateVersions(store, key, 10)).at(-1)?.version ?? "";
    const entry: LedgerEntry = {
      stack: "attic",
      environment: "dev",
      backend: "s3",
      location: "s3://tofu-state/attic",
      lineage: "lineage-1",
      serial: 9,
      sha256: "new",
      at: "2026-04-16T09:12:00Z",
      generation: 2,
    };
    const restored = (change: Partial<LedgerEntry>) =>
      restore({
        ...request,
        store,
        version: oldest,
        ledger: { ...request.ledger, entry: { ...entry, ...change } },
        location: "s3://tofu-state/attic",
      });
    expect(await codeOf(restored({ lineage: "lineage-2" }))).toBe("lineage-not-in-ledger");
    await raiseGeneration(store, key, { generation: 2, backend: "s3", location: entry.location, at: entry.at });
    expect(await codeOf(restored({ generation: 1 }))).toBe("stale-checkout");
    expect(await new StateObject(store, key).holder()).toBeUndefined();
    // Above what the ledger knows, so that no check takes it for an older one.
    expect(await restored({})).toEqual({ serial: 10, from: 1 });
    const there = await store.read(key);
    await store.remove(key, there?.version ?? "");
    expect(await codeOf(restored({ location: "https://state.example.org/attic" }))).toBe("state-missing");
    expect(await restored({})).toEqual({ serial: 10, from: 1 });
  });

  it("refuses what is not there, another lineage, an encrypted state and a locked one", async () => {
    const encrypted = Buffer.from(
      JSON.stringify({ serial: 2, lineage: "lineage-1", encrypted_data: "x", encryption_version: "v0" }),
    );
    const store = await storeWith(state(1, {}, "lineage-2"), encrypted, state(3, {}));
    const [, second, first] = await stateVersions(store, key, 10);
    expect(await codeOf(restore({ ...request, store, version: "nothing" }))).toBe("no-such-version");
    expect(await codeOf(restore({ ...request, store, version: second?.version ?? "" }))).toBe("encrypted-state");
    expect(await codeOf(restore({ ...request, store, version: first?.version ?? "" }))).toBe("lineage-changed");
    const authority = new StateObject(store, key);
    expect(await authority.holder()).toBeUndefined();
    await authority.lock({
      ID: "held",
      Operation: "apply",
      Info: "",
      Who: "ci",
      Version: "",
      Created: "2026-04-16T09:12:00Z",
      Path: "",
    });
    const newest = await stateVersions(store, key, 1);
    expect(await codeOf(restore({ ...request, store, version: newest[0]?.version ?? "" }))).toBe("locked");
    expect((await authority.read())?.serial).toBe(3);
  });
});

describe("blame", () => {
  it("finds the version that last changed an address", async () => {
    const store = await storeWith(
      state(1, { api: 1 }),
      state(2, { api: 2, gc: 1 }),
      state(3, { api: 2, gc: 1 }),
      state(4, { gc: 1 }),
    );
    const found = async (address: string) => {
      const { last, what } = (await blame(store, key, address, 100)) ?? {};
      return [what, last?.serial, last?.writer];
    };
    expect(await found("kubernetes_deployment.api")).toEqual(["removed", 4, "writer-3"]);
    expect(await found("kubernetes_deployment.gc")).toEqual(["created", 2, "writer-1"]);
    expect(await blame(store, key, "kubernetes_deployment.nobody", 100)).toBeUndefined();
    const shorter = await storeWith(state(1, { api: 1 }), state(2, { api: 1 }));
    expect((await blame(shorter, key, "kubernetes_deployment.api", 100))?.what).toBe(
      "there since the oldest version that is kept",
    );
  });
});

describe("what moved is followed", () => {
  const former = "module.cnpg_operator[0].helm_release.cnpg";
  const today = "helm_release.cnpg_operator";
  const release = (serial: number, address: "former" | "today", version: string) =>
    Buffer.from(
      JSON.stringify({
        version: 4,
        terraform_version: "1.11.4",
        serial,
        lineage: "lineage-1",
        outputs: {},
        resources: [
          {
            ...(address === "former" ? { module: "module.cnpg_operator[0]" } : {}),
            mode: "managed",
            type: "helm_release",
            name: address === "former" ? "cnpg" : "cnpg_operator",
            provider: "p",
            instances: [{ schema_version: 1, attributes: { version }, dependencies: [`x.${address}`] }],
          },
        ],
      }),
    );
  const identity = (address: string) => identityOf("attic", address);

  it("blame names the change before a move, by either address", async () => {
    const store = await storeWith(release(1, "former", "1"), release(2, "former", "2"), release(3, "today", "2"));
    for (const address of [today, former])
      expect(await blame(store, key, address, 100, identity)).toMatchObject({
        address: former,
        what: "changed",
        last: { serial: 2 },
      });
    expect(
      (await addressHistory(store, key, today, 100, identity)).map((change) => [
        change.what,
        change.last.serial,
        change.address,
        change.previousAddress,
      ]),
    ).toEqual([
      ["moved", 3, today, former],
      ["changed", 2, former, undefined],
      ["there since the oldest version that is kept", 1, former, undefined],
    ]);
  });

  it("every former address that is recorded means what the program has today, and no two things are one", () => {
    for (const [stack, entries] of Object.entries(catalogue)) {
      const identities = entries.map(({ address }) => identityOf(stack as keyof typeof catalogue, address));
      expect(new Set(identities).size).toBe(entries.length);
      for (const { address, former: names = [] } of entries.filter((entry) => !entry.address.includes("*")))
        for (const name of names.filter((one) => !one.includes("*")))
          expect(identityOf(stack as keyof typeof catalogue, name)).toBe(
            identityOf(stack as keyof typeof catalogue, address),
          );
    }
  });
});

describe("a state on a foreign HTTP server", () => {
  const address = "https://gitlab.example.org/state/attic";
  const contract: StateContract = {
    type: "http",
    address,
    lockAddress: `${address}/lock`,
    unlockAddress: `${address}/lock`,
    lockMethod: "POST",
    unlockMethod: "DELETE",
  };

  it("has no history, whether the bucket has nothing or the sealed copy that a move left", async () => {
    const empty = new MemoryStore();
    expect((await whyNoHistory("attic", contract, empty, key))?.problems[0]?.code).toBe("no-history");
    const store = await storeWith(state(1, { api: 1 }));
    expect(await whyNoHistory("attic", contract, store, key)).toBeUndefined();
    const seal = sealInfo({
      id: sealId(address, "u"),
      who: "ann",
      newPlace: address,
      created: "2026-04-16T09:12:00Z",
      path: "",
    });
    await store.create(lockKey(key), marshalLockInfo(seal), {});
    expect((await whyNoHistory("attic", contract, store, key))?.message).toContain("sealed copy");
  });
});
