import { exploreSeeds } from "../../../lab/simulation/explore";
import { scenario, type Scenario } from "../../../lab/simulation/scenario";
import { type Code } from "../../../lab/simulation/shipped";
import * as authority from "./planted/authority";
import * as moves from "./planted/moves";
import * as stores from "./planted/stores";

const twoEngines = scenario("two places", "http", ["engine", "engine"], 1);
const brokenLocks = scenario("two places", "http", ["engine", "engine", "force-unlock"], 1);
const move = scenario("two places", "http", ["engine", "cutover to s3"], 0);
const brokenLockInMove = scenario("two places", "http", ["engine", "cutover to s3", "force-unlock"], 1);
const undoing = scenario("two places", "http", ["cutover to s3", "abort"], 1);
const lostBucket = scenario("one object", "http", ["engine", "bucket-loss"], 0);

/** Bugs of every kind, where they can show, and what finds them. */
const planted: readonly (readonly [string, Code, Scenario, RegExp])[] = [
  ["a create that is not exclusive", stores.createThatIsNotExclusive, twoEngines, /two hold the lock/],
  ["a replace that compares nothing", stores.replaceThatComparesNothing, brokenLocks, /was followed by|is not below/],
  ["a server that ignores If-None-Match", stores.serverThatIgnoresIfNoneMatch, twoEngines, /two hold the lock/],
  [
    "a server whose delete markers block",
    stores.serverWhoseMarkersBlock,
    scenario("one object", "http", ["engine"], 0),
    /nobody can apply/,
  ],
  ["an identity that nobody compares", stores.identityThatNobodyCompares, lostBucket, /planned from nothing/],
  ["a write without a condition", authority.writeWithoutCondition, brokenLocks, /was followed by|is not below/],
  [
    "a write that ignores the lock",
    authority.writeThatIgnoresTheLock,
    brokenLockInMove,
    /is not below|no seal|is at|forked/,
  ],
  [
    "an unlock that ignores the ID",
    authority.unlockThatIgnoresTheId,
    scenario("two places", "http", ["engine", "cutover to s3", "abort"], 1),
    /nobody can apply|no seal|two/,
  ],
  ["a lock that takes over", authority.lockThatTakesOver, twoEngines, /two hold the lock/],
  ["an outage read as empty", authority.readThatTakesAnOutageForEmpty, lostBucket, /planned from nothing/],
  ["a cutover that unlocks the source", moves.cutoverThatUnlocksTheSource, move, /two unlocked places|no seal/],
  [
    "a cutover that does not lock the source",
    moves.cutoverThatDoesNotLockTheSource,
    move,
    /two unlocked places|no seal/,
  ],
  ["a cutover that loses the lineage", moves.cutoverThatLosesTheLineage, move, /lineage/],
  ["a cutover that keeps the destination locked", moves.cutoverThatKeepsTheDestinationLocked, move, /nobody can apply/],
  ["an abort that keeps the copy", moves.abortThatKeepsTheCopy, undoing, /has a state and no seal|two unlocked places/],
  [
    "an abort that keeps the source locked",
    moves.abortThatKeepsTheSourceLocked,
    scenario("two places", "http", ["cutover to s3", "abort"], 0),
    /nobody can apply/,
  ],
  [
    "a cutover that takes its own copy for an old one",
    moves.cutoverThatTakesItsCopyForAnOldOne,
    scenario("two places", "http", ["cutover to s3", "cutover to s3", "break-move"], 0),
    /has a state and no seal/,
  ],
  ["an abort of a finished move", moves.abortOfAFinishedMove, undoing, /two unlocked places|no seal/],
];

describe("a planted bug is found:", () => {
  it.each(planted)("%s", async (_name, code, where, what) => {
    const { failure } = await exploreSeeds(1, 5000, { code, scenario: where });
    expect(failure?.outcome.violations.join("\n")).toMatch(what);
    // The seed alone shows it again, to the step.
    const again = await exploreSeeds(failure?.seed ?? 0, 1, { code, scenario: where });
    expect(again.failure?.outcome).toEqual(failure?.outcome);
  });
});
