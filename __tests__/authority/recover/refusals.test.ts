import { sealId, sealInfo } from "../../../authority/cutover/seal";
import { type LivePlace } from "../../../authority/state/live-place";
import { recover, type Recovery } from "../../../authority/operations/recover";
import { stateInStore } from "../../../authority/state/state-store";
import { MemoryStore } from "../../../authority/stores/memory";
import { systemClock } from "../../../authority/clock";
import { loadConfiguration } from "../../../lib/config/load";
import { type LedgerEntry } from "../../../lib/config/ledger";
import { UserError } from "../../../lib/errors";
import { oneStack } from "../../lib/backend/support";
import { lineage, stateBytes } from "../backup/support";

const key = "dev/arc-runners/terraform.tfstate";
const location = `s3://tofu-state/${key}`;
const [stack] = loadConfiguration(oneStack("")).stacks;

/** Runs recover over a store in memory; the state that is there after it, and what was kept. */
async function run(options: {
  given: Buffer;
  there?: Buffer;
  ledger?: Partial<LedgerEntry> | "none";
  store?: MemoryStore;
  keep?: () => Promise<void>;
}): Promise<{ result: Recovery | string; after?: Buffer; kept: Buffer[]; locked: boolean }> {
  if (stack === undefined) throw new Error("a stack is configured");
  const store = options.store ?? new MemoryStore();
  if (options.there !== undefined) await store.create(key, options.there);
  const entry: LedgerEntry = {
    stack: "arc-runners",
    environment: "dev",
    backend: "s3",
    location,
    lineage,
    serial: 0,
    sha256: "new",
    at: "2026-04-16",
    generation: 1,
    ...(options.ledger === "none" ? {} : options.ledger),
  };
  const state = stateInStore(store, key, location);
  const place: LivePlace = {
    state,
    contract: {
      type: "s3",
      endpoint: "http://127.0.0.1:9",
      bucket: "tofu-state",
      key,
      region: "us-east-1",
      useLockfile: true,
      skipS3Checksum: false,
    },
    ...(options.ledger === "none" ? {} : { entry }),
  };
  const kept: Buffer[] = [];
  const result = await recover({
    stack,
    place,
    file: "errored.tfstate",
    bytes: options.given,
    who: "ann@laptop",
    clock: systemClock,
    progress: () => undefined,
    keep: async ({ bytes }) => {
      await options.keep?.();
      kept.push(bytes);
    },
  }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return error.problems[0]?.code ?? "";
  });
  return {
    result,
    after: (await store.read(key))?.bytes,
    kept,
    locked: (await store.read(`${key}.tflock`)) !== undefined,
  };
}

describe("recover", () => {
  it("replaces an older state, and keeps it first", async () => {
    expect(await run({ given: stateBytes(4), there: stateBytes(3) })).toEqual({
      result: { changed: true, lineage, serial: 4, serialBefore: 3 },
      after: stateBytes(4),
      kept: [stateBytes(3)],
      locked: false,
    });
  });

  it("writes where the ledger says that there is none yet, and nowhere else", async () => {
    expect(await run({ given: stateBytes(1), ledger: { lineage: "new" } })).toMatchObject({
      result: { changed: true, serial: 1 },
      after: stateBytes(1),
    });
    expect(await run({ given: stateBytes(1), ledger: "none" })).toMatchObject({
      result: "not-in-ledger",
      after: undefined,
      locked: false,
    });
    expect(await run({ given: stateBytes(9) })).toMatchObject({
      result: "state-missing",
      after: undefined,
      locked: false,
    });
  });

  it.each([
    ['"lineage": "", ', 0],
    ["", 1],
  ])(
    "gives a first apply's state a lineage where nothing is, the same at every try, and never beside a state",
    async (lineage, serial) => {
      const given = Buffer.from(`{"version": 4, ${lineage}"serial": ${serial}, "resources": [12345678901234567890]}`);
      const { result, after = Buffer.alloc(0), ...rest } = await run({ given, ledger: { lineage: "new" } });
      expect(rest).toMatchObject({ locked: false, kept: [] });
      const made = JSON.parse(after.toString()) as { readonly lineage: string };
      expect(made.lineage).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(result).toEqual({ changed: true, lineage: made.lineage, serial: 1 });
      expect(after.toString()).toContain("12345678901234567890");
      expect(await run({ given, there: after, ledger: { lineage: "new" } })).toMatchObject({
        result: { changed: false, lineage: made.lineage },
      });
      for (const ledger of [{ lineage: "new" }, {}] as const)
        expect(await run({ given, there: stateBytes(3), ledger })).toMatchObject({
          result: "no-lineage",
          after: stateBytes(3),
          locked: false,
        });
      expect(await run({ given, ledger: "none" })).toMatchObject({ result: "not-in-ledger", after: undefined });
      expect(await run({ given })).toMatchObject({ result: "state-missing", after: undefined });
    },
  );

  it("takes nothing else for one", async () => {
    for (const text of [
      '{"version": 4, "lineage": ""}',
      '{"lineage": "", "serial": 1}',
      '{"encrypted_data": "x", "encryption_version": "v0", "lineage": "", "serial": 1}',
      '{"version": 4, "lineage": "", "Serial": 2, "serial": 1}',
      '{"version": 4, "lineage": 3, "serial": 1}',
    ])
      expect(await run({ given: Buffer.from(text), ledger: { lineage: "new" } })).toMatchObject({
        result: "not-a-state",
        after: undefined,
      });
  });

  it("replaces nothing where the place is not what the ledger knows", async () => {
    expect(await run({ given: stateBytes(4), there: stateBytes(3), ledger: { lineage: "another" } })).toMatchObject({
      result: "lineage-not-in-ledger",
      after: stateBytes(3),
      kept: [],
    });
    expect(await run({ given: stateBytes(9), there: stateBytes(3), ledger: { serial: 8 } })).toMatchObject({
      result: "serial-behind-ledger",
      after: stateBytes(3),
      kept: [],
    });
  });

  it("replaces nothing that it could not keep", async () => {
    const full = () => Promise.reject(new UserError({ code: "not-written", what: "no room" }));
    expect(await run({ given: stateBytes(4), there: stateBytes(3), keep: full })).toEqual({
      result: "not-written",
      after: stateBytes(3),
      kept: [],
      locked: false,
    });
  });

  it("does not write where the state has left", async () => {
    const store = new MemoryStore();
    const moved = "https://state.example.org/state/arc-runners-dev";
    await stateInStore(store, key, location).lock(
      sealInfo({
        id: sealId(moved, "1"),
        who: "ann",
        newPlace: moved,
        created: "2026-04-16T09:12:00Z",
        path: location,
      }),
    );
    expect(await run({ given: stateBytes(4), there: stateBytes(3), store })).toMatchObject({
      result: "sealed",
      after: stateBytes(3),
      locked: true,
    });
  });
});
