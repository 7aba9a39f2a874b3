import { generateIdentity, identityToRecipient } from "age-encryption";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encrypt } from "../../../authority/backup/age";
import { amendSubmission, readApplies, recordSubmission, refuseSubmitted } from "../../../authority/lease/applies";
import { besideObjects } from "../../../authority/lease/beside-objects";
import { underLease } from "../../../authority/lease/held-lease";
import { readLease } from "../../../authority/lease/lease";
import { type Lease, type Submission } from "../../../authority/lease/schema";
import { MemoryStore } from "../../../authority/stores/memory";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { applyCommand } from "../../../cli/commands/apply";
import { sha256 } from "../../../lib/sha256";
import { whatItDoes } from "../../../planning/bundle/changes";
import { whatMoved } from "../../../planning/bundle/moved";
import { openBundle, readBundle } from "../../../planning/bundle/open";
import { encodePack } from "../../../planning/bundle/pack";
import { type Evidence, judge } from "../../../planning/bundle/reconcile";
import { unhealthy } from "../../../planning/bundle/read-back";
import { type Receipt, receiptFileOf, writeReceipt } from "../../../planning/bundle/receipt";
import { type PlanDocument } from "../../../planning/preview/plan-document";
import { temporaryFolder } from "../../authority/support";
import { codeOf } from "../../support/code-of";

const change = (address: string, actions: readonly string[], before: unknown, after: unknown) => ({
  address,
  mode: "managed" as const,
  type: "kubernetes_secret",
  change: { actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {} },
});
const document = {
  format_version: "1.2",
  resource_changes: [change("kubernetes_secret.a", ["update"], { data: "old" }, { data: "s3cr3t" })],
};

/** A bundle with its receipt, as `plan --out` writes them. */
async function bundle(): Promise<{ file: string; receipt: Receipt; identity: string }> {
  const file = join(temporaryFolder(), "x.flyplan");
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const bytes = Buffer.from(JSON.stringify(document));
  const parts = { plan: Buffer.from("plan"), document: bytes, synthesized: Buffer.from("{}") };
  const encrypted = await encrypt(encodePack(parts), [recipient], "state.plan.recipients");
  writeFileSync(file, encrypted);
  const does = whatItDoes(document);
  const receipt: Receipt = {
    version: 1,
    id: "attic",
    who: "ann@laptop",
    at: "2026-04-16T09:12:00Z",
    bundle: sha256(encrypted),
    recipients: [recipient],
    program: sha256("p"),
    configuration: sha256("c"),
    contract: "sha256:x",
    place: { backend: "s3", location: "s3://b/k" },
    state: { lineage: "one", serial: 4 },
    generation: 1,
    engine: { name: "terraform", version: "1.11.4" },
    providers: null,
    cluster: { context: "honey", uid: null },
    synthesized: sha256("{}"),
    plan: sha256("plan"),
    document: sha256(bytes),
    changes: [...does.changes],
    drift: [],
    outputs: [],
  };
  writeReceipt(receiptFileOf(file), receipt);
  return { file, receipt, identity };
}

describe("a bundle and its receipt", () => {
  it("say the same, and the receipt has no value", async () => {
    const { file, identity } = await bundle();
    expect((await openBundle(readBundle(file), [identity])).document).toEqual(document);
    const text = readFileSync(receiptFileOf(file), "utf8");
    expect(text).toContain('"data"');
    expect(text).not.toContain("s3cr3t");
  });

  it.each<[string, Partial<Receipt>]>([
    ["fewer changes", { changes: [] }],
    ["another action", { changes: [{ address: "kubernetes_secret.a", action: "add", attributes: ["data"] }] }],
    ["another plan", { plan: sha256("another") }],
    ["other providers", { providers: sha256("another") }],
    ["drift", { drift: [{ address: "x", action: "change", attributes: [] }] }],
  ])("is refused where the receipt was edited: %s", async (_, edit) => {
    const { file, receipt, identity } = await bundle();
    writeReceipt(receiptFileOf(file), { ...receipt, ...edit });
    expect(await codeOf(openBundle(readBundle(file), [identity]))).toBe("receipt-differs");
  });

  it("is refused where the bundle was edited, is another one, or is for others", async () => {
    const { file, identity } = await bundle();
    const other = await bundle();
    expect(await codeOf(openBundle(readBundle(file), [other.identity]))).toBe("not-for-this-identity");
    writeFileSync(file, readFileSync(other.file));
    expect(await codeOf(Promise.resolve().then(() => readBundle(file)))).toBe("bundle-differs");
    // Edited, with a receipt that speaks of the edited bytes.
    const bytes = readFileSync(other.file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    writeFileSync(other.file, bytes);
    writeReceipt(receiptFileOf(other.file), { ...other.receipt, bundle: sha256(bytes) });
    expect(await codeOf(openBundle(readBundle(other.file), [other.identity]))).toBe("bundle-damaged");
    expect(identity).not.toBe(other.identity);
  });

  it("is refused under another stack's name, before anything of that stack is looked at", async () => {
    const { file, identity } = await bundle();
    const key = join(temporaryFolder(), "key");
    writeFileSync(key, identity);
    const asked = { autoApprove: true, identity: key } as const;
    expect(await codeOf(applyCommand(file, { ...asked, stack: "attic-prod" }))).toBe("bundle-differs");
  });

  it("says each thing that moved; serial and trees may, another lineage never", async () => {
    const { receipt } = await bundle();
    expect(whatMoved(receipt, receipt)).toEqual([]);
    const moved = whatMoved(receipt, {
      ...receipt,
      state: { lineage: "one", serial: 5 },
      program: sha256("q"),
      engine: { name: "tofu", version: "1.12.6" },
    });
    expect(moved.map(({ problem, mayMove }) => [problem.code, mayMove])).toEqual([
      ["moved-engine", false],
      ["moved-state", true],
      ["moved-program", true],
    ]);
    expect(whatMoved(receipt, { ...receipt, state: { lineage: "two", serial: 5 } })[0]?.mayMove).toBe(false);
    expect(whatMoved(receipt, { ...receipt, state: null })[0]?.mayMove).toBe(false);
  });
});

const lease = (phase: Lease["phase"] = "checking"): Lease => ({
  version: 1,
  id: "run",
  who: "ann",
  host: "laptop",
  since: "2026-04-16T09:12:00Z",
  bundle: "a".repeat(64),
  phase,
});
const submission = (more: Partial<Submission> = {}): Submission => ({
  id: "run",
  who: "ann",
  host: "laptop",
  at: "2026-04-16T09:12:00Z",
  bundle: "a".repeat(64),
  state: { lineage: "one", serial: 4 },
  changes: [{ address: "x.a", action: "change" }],
  outcome: "attempted",
  ...more,
});
const beside = () => {
  const store = new MemoryStore();
  return {
    ...besideObjects(store, "k"),
    generation: () => Promise.resolve(undefined),
    close: () => undefined,
  };
};

describe("the lease of an apply", () => {
  it("is given back where nothing was attempted, stays where it is not known what came of it, and a bundle is used up", async () => {
    const place = beside();
    await expect(underLease(place, lease(), () => Promise.reject(new Error("checked")))).rejects.toThrow("checked");
    expect(await readLease(place.lease)).toBeUndefined();
    const cutOff = underLease(place, lease(), async (held) => {
      await held.attempt(submission());
      throw new Error("died");
    });
    await expect(cutOff).rejects.toThrow("died");
    expect((await readLease(place.lease))?.record.phase).toBe("attempted");
    expect(await codeOf(underLease(place, { ...lease(), id: "other" }, () => Promise.resolve()))).toBe("lease-held");
    expect(await codeOf(refuseSubmitted(place.applies, "a".repeat(64)))).toBe("bundle-submitted");
    await refuseSubmitted(place.applies, "b".repeat(64));
  });

  it("is given back when what came of it is known, and that is kept", async () => {
    const place = beside();
    await underLease(place, lease(), async (held) => {
      await held.attempt(submission());
      await held.applied();
      await held.settle("unhealthy", 5);
    });
    expect(await readLease(place.lease)).toBeUndefined();
    expect((await readApplies(place.applies)).applies).toMatchObject([{ outcome: "unhealthy", serial: 5 }]);
  });

  it("is waited for, as long as somebody wants to, and told who has it", async () => {
    const place = beside();
    let end: () => void = () => undefined;
    const first = underLease(place, lease(), () => new Promise<void>((resolve) => (end = resolve)));
    const told: string[] = [];
    const tell = (line: string) => {
      told.push(line);
      end();
    };
    const second = underLease(place, { ...lease(), id: "second" }, () => Promise.resolve("landed"), {
      seconds: 60,
      tell,
    });
    expect(await second).toBe("landed");
    await first;
    expect(told).toEqual([expect.stringMatching(/waiting for it, 60 s at most: .*held by ann on laptop/)]);
    expect(await readLease(place.lease)).toBeUndefined();
  });

  it("is given back where it cannot be said that the engine is about to start, also where that answer is lost", async () => {
    const place = beside();
    const lost = {
      ...place.lease,
      replace: async (bytes: Buffer, expected: string) => {
        await place.lease.replace(bytes, expected);
        throw new StoreUnavailable("k.apply", "the answer was lost");
      },
    };
    const run = underLease({ ...place, lease: lost }, lease(), (held) => held.attempt(submission()));
    await expect(run).rejects.toThrow("the answer was lost");
    expect(await readLease(place.lease)).toBeUndefined();
  });

  it("never forgets a lifted condition that nobody acknowledged, nor a bundle", async () => {
    const place = beside();
    const broken = { gates: ["scope" as const], why: "the store is full" };
    await recordSubmission(place.applies, submission({ id: "glass", broken }));
    for (let n = 0; n < 60; n += 1)
      await recordSubmission(place.applies, submission({ id: `run-${n}`, bundle: sha256(String(n)) }));
    const { applies } = await readApplies(place.applies);
    expect(applies.length).toBeLessThanOrEqual(51);
    expect(applies.map(({ id }) => id)).toContain("glass");
    expect(await codeOf(refuseSubmitted(place.applies, sha256("0")))).toBe("bundle-submitted");
    await amendSubmission(place.applies, "glass", (one) => ({ ...one, outcome: "applied" }));
  });
});

describe("reconcile", () => {
  const does = (...changes: readonly [address: string, action: "add" | "change" | "destroy"][]) => ({
    changes: changes.map(([address, action]) => ({ address, action, attributes: [] })),
    drift: [],
    outputs: [],
  });
  const evidence = (more: Partial<Evidence>): Evidence => ({
    lease: lease("attempted"),
    submission: submission(),
    state: { lineage: "one", serial: 4 },
    plan: does(["x.a", "change"]),
    ...more,
  });
  const added = submission({ changes: [{ address: "x.a", action: "add" }] });

  it.each<[Evidence, string]>([
    [evidence({}), "not changed"],
    [evidence({ state: { lineage: "one", serial: 5 }, plan: does() }), "recorded"],
    [evidence({ state: { lineage: "one", serial: 5 } }), "recorded"],
    [evidence({ errored: { file: "errored.tfstate", serial: 5 } }), "not recorded"],
    [evidence({ lease: lease() }), "stop"],
    [evidence({ submission: added, plan: does(["x.a", "add"]) }), "stop"],
    [evidence({ state: { lineage: "two", serial: 5 }, plan: does() }), "stop"],
    [evidence({ state: null }), "stop"],
    [evidence({ plan: does(["x.b", "destroy"]) }), "stop"],
    [evidence({ plan: { ...does(), drift: does(["x.a", "change"]).changes } }), "stop"],
    [evidence({ plan: does() }), "stop"],
  ])("case %#", (given, kind) => {
    expect(judge(given).kind).toBe(kind);
  });
});

describe("the read-back", () => {
  const after = (values: unknown, more: Partial<PlanDocument> = {}): PlanDocument => ({
    planned_values: {
      root_module: {
        resources: [
          { address: "kubernetes_secret.a", mode: "managed", type: "kubernetes_secret", values: values as never },
        ],
      },
    },
    ...more,
  });
  const before = { lineage: "one", serial: 4 };
  const state = { lineage: "one", serial: 5 };
  const codes = (given: Parameters<typeof unhealthy>[2]) => unhealthy(document, before, given).map(({ code }) => code);

  it("finds a serial, a plan and an object that are not as planned, and repeats no value", () => {
    expect(codes({ state, plan: after({ data: "s3cr3t" }) })).toEqual([]);
    expect(codes({ state: before, plan: after({ data: "s3cr3t" }) })).toEqual(["read-back-state"]);
    expect(codes({ state: { lineage: "two", serial: 9 }, plan: after({ data: "s3cr3t" }) })).toEqual([
      "read-back-state",
    ]);
    expect(codes({ state, plan: after({ data: "old" }) })).toEqual(["read-back-object"]);
    expect(codes({ state, plan: after({ data: "s3cr3t" }, { resource_changes: document.resource_changes }) })).toEqual([
      "read-back-plan",
    ]);
    expect(JSON.stringify(unhealthy(document, before, { state, plan: after({ data: "old" }) }))).not.toMatch(
      /s3cr3t|old/,
    );
  });
});
