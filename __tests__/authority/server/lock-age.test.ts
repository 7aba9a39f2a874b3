import { OldestLock } from "../../../authority/server/lock-age";
import { sealId } from "../../../authority/cutover/seal";
import { StoreUnavailable } from "../../../authority/stores/object-store";
import { type LockInfo, zeroTime } from "../../../authority/state/lock-info";
import { lockBody, serve } from "./served";
import { send as plainSend, until } from "../support";

/** What the server's metrics say of locks, and what its alerts ask for. */

const lock = (ID: string, Created: string): LockInfo => ({
  ...{ ID, Created, Operation: "apply", Info: "", Who: "ann", Version: "", Path: "" },
});

/** A clock that a test moves. */
function clockAt(start: string) {
  let now = new Date(start).getTime();
  return { now: () => new Date(now), uniqueId: () => "x", pass: (seconds: number) => void (now += seconds * 1000) };
}

describe("the oldest lock", () => {
  it("is the oldest of those that somebody works under; a seal is none", async () => {
    const clock = clockAt("2026-04-16T10:00:00Z");
    const holders = [
      lock("a", "2026-04-16T09:59:00Z"),
      lock("b", "2026-04-16T09:00:00Z"),
      lock(sealId("s3://b/k", "u"), "2020-01-01T00:00:00Z"),
      undefined,
    ];
    const oldest = new OldestLock(
      holders.map((holder) => ({ holder: () => Promise.resolve(holder) })),
      clock,
    );
    await oldest.look();
    expect(oldest.seconds()).toBe(3600);
  });

  it("of one that does not say when is counted from when it was first seen", async () => {
    const clock = clockAt("2026-04-16T10:00:00Z");
    const oldest = new OldestLock([{ holder: () => Promise.resolve(lock("a", zeroTime)) }], clock);
    await oldest.look();
    expect(oldest.seconds()).toBe(0);
    clock.pass(90);
    await oldest.look();
    expect(oldest.seconds()).toBe(90);
  });

  it("is not told while the store is out, and the store is asked at most every 15 seconds", async () => {
    const clock = clockAt("2026-04-16T10:00:00Z");
    let asked = 0;
    const holder = () => {
      asked += 1;
      return Promise.reject(new StoreUnavailable("the bucket", "it is out"));
    };
    const oldest = new OldestLock([{ holder }], clock);
    expect([oldest.seconds(), oldest.seconds(), asked]).toEqual([undefined, undefined, 1]);
    await oldest.look();
    expect([oldest.seconds(), asked]).toEqual([undefined, 2]);
    clock.pass(16);
    oldest.seconds();
    expect(asked).toBe(3);
  });

  it("is told for two minutes after a store stopped to answer, and nobody waits for it", async () => {
    const clock = clockAt("2026-04-16T10:00:00Z");
    const answers = [Promise.resolve(lock("a", "2026-04-16T09:59:00Z"))];
    const holder = () => answers.shift() ?? new Promise<never>(() => undefined);
    const oldest = new OldestLock([{ holder }], clock);
    await oldest.look();
    clock.pass(60);
    expect(oldest.seconds()).toBe(60);
    clock.pass(61);
    expect(oldest.seconds()).toBeUndefined();
  });
});

it("the metrics have every series that an alert asks for", async () => {
  const { send, server } = await serve();
  const seal = lockBody(sealId("s3://other/key", "u"));
  expect((await send("LOCK", "/state/attic-dev", seal)).status).toBe(200);
  expect((await send("LOCK", "/state/attic-dev", lockBody("late"))).status).toBe(423);
  expect((await plainSend("GET", `${server.url}/state/attic-dev`)).status).toBe(401);
  const metrics = async () => (await send("GET", "/metrics")).body;
  await until("the store has told", async () => (await metrics()).includes("flywheel_oldest_lock_age_seconds 0"));
  const body = await metrics();
  expect(body).toContain("flywheel_seal_refusals_total 1");
  expect(body).toContain('flywheel_requests_total{action="read",status="401"} 1');
});
