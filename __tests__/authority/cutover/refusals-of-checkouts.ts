import { Journal } from "../../../authority/cutover/journal";
import { type JournalRecord } from "../../../authority/cutover/record";
import { raiseGeneration } from "../../../authority/ledger/generation";
import { type Refusal } from "./refusal";
import { withGitLab } from "./refusals-of-states";
import { stateText } from "./real";
import { type Room } from "./room";

const toHttp = ["--to", "http"];

/** A move to s3 that was killed half-way, seen from the checkout that began it. Early, so that a slow kill is still half-way. */
async function killed(room: Room, ...args: readonly string[]): Promise<void> {
  const { code } = await room.world.clone.killedAt(/step 2 of 9/, "cutover", "arc-runners", "--to", "s3", ...args);
  if (code !== null) throw new Error(`it was not killed, and ended with ${code}`);
}

/** What somebody's run wrote into the journal before it was killed in turn. */
async function writeJournal(room: Room, change: Partial<JournalRecord>): Promise<void> {
  await room.store("s3", async (store) =>
    (await Journal.takeOver(store, room.world.key, "a run that was killed")).update(change),
  );
}

/** Another move of the same state. */
export const refusedMoves: readonly Refusal[] = [
  {
    name: "a move the other way is under way",
    dryRun: true,
    code: "other-cutover",
    args: toHttp,
    says: [
      /another move of arc-runners is under way: http:\S+ to s3:\S+, cutover by \S+@\S+, step \d of 9 \(.+\), since \d{4}-/,
      /Finish it: flywheel cutover arc-runners --to s3/,
      /Or undo it: flywheel cutover arc-runners --to s3 --abort/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await killed(room);
    },
  },
  {
    name: "an abort of a move the other way",
    code: "other-cutover",
    args: [...toHttp, "--abort"],
    says: [/--to s3 --abort/],
    prepare: async (room) => {
      await room.live("http");
      await killed(room);
    },
  },
  {
    name: "an abort is half done",
    dryRun: true,
    code: "cutover-aborting",
    says: [
      /an abort is under way: abort of the cutover by \S+, step \d of 9/,
      /flywheel cutover arc-runners --to s3 --abort/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await killed(room);
      await writeJournal(room, { state: "aborting" });
    },
  },
  {
    name: "a move out of the legacy place is under way, and another source is asked for",
    code: "other-cutover",
    says: [
      /Finish it: flywheel cutover arc-runners --to s3 --from legacy\.gitlab\n/,
      /Or undo it: flywheel cutover arc-runners --to s3 --from legacy\.gitlab --abort\n/,
    ],
    prepare: async (room) => {
      await withGitLab(room, stateText(3));
      await killed(room, "--from", "legacy.gitlab");
    },
  },
  {
    name: "it is too late to undo",
    code: "too-late-to-abort",
    args: ["--to", "s3", "--abort"],
    says: [
      /the destination is open, or about to be: cutover by/,
      /flywheel cutover arc-runners --to s3\n/,
      /Then go back: flywheel cutover arc-runners --to http/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await room.flywheel("cutover", "arc-runners", "--to", "s3");
      await writeJournal(room, { state: "running", step: "close the journal" });
    },
  },
  {
    name: "there is nothing to undo",
    code: "nothing-to-abort",
    args: ["--to", "s3", "--abort"],
    says: [/no cutover of arc-runners was ever started/, /flywheel status arc-runners/],
    prepare: (room) => room.live("http"),
  },
  {
    name: "the checkout is from before two moves",
    dryRun: true,
    code: "stale-checkout",
    says: [
      /state-ledger\.yaml: this checkout is from before the cutover of \d{4}-\d\d-\d\d: arc-runners-\w+ is at http:\S+, generation 3/,
      /this one has 1/,
      /Pull/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await room.store("s3", (store) =>
        raiseGeneration(store, room.world.key, {
          generation: 3,
          backend: "http",
          location: room.location("http"),
          at: "2026-04-16T09:12:00Z",
        }),
      );
    },
  },
  {
    name: "the checkout is from before a move, and asks for the way back",
    code: "stale-checkout",
    args: toHttp,
    says: [/is at s3:\S+, generation 2/],
    prepare: async (room) => {
      await room.live("http");
      const { code, stderr } = await room.world.clone.copy().flywheel("cutover", "arc-runners", "--to", "s3");
      if (code !== 0) throw new Error(stderr);
    },
  },
];

/** What the checkout itself says. */
export const refusedCheckouts: readonly Refusal[] = [
  {
    name: "the ledger was edited",
    dryRun: true,
    code: "ledger-uncommitted",
    says: [
      /state-ledger\.yaml: the ledger has changes that are not committed/,
      /a reviewed ledger/,
      /Commit it, or restore it/,
    ],
    prepare: async (room) => {
      await room.live("http");
      room.commit();
      room.edit(room.world.clone.ledgerFile, "serial: 3", "serial: 2");
    },
  },
  {
    name: "the ledger was never committed",
    code: "ledger-uncommitted",
    says: [/not committed/],
    prepare: async (room) => {
      room.commit();
      await room.live("http");
    },
  },
  {
    name: "the ledger has a merge conflict",
    dryRun: true,
    code: "ledger-conflict",
    says: [/state-ledger\.yaml:\d+: the ledger has a merge conflict/, /keep the one with the higher generation/],
    prepare: async (room) => {
      await room.live("http");
      room.edit(
        room.world.clone.ledgerFile,
        /( +generation: 1\n)/,
        "<<<<<<< HEAD\n$1=======\n    generation: 2\n>>>>>>> theirs\n",
      );
    },
  },
  {
    name: "the ledger has two entries",
    code: "ledger-double-entry",
    says: [
      /state-ledger\.yaml:\d+: the ledger has two entries for arc-runners-/,
      /Keep the block with the higher generation/,
      /flywheel register arc-runners --repair/,
    ],
    prepare: async (room) => {
      await room.live("http");
      room.edit(room.world.clone.ledgerFile, /( {2}- stack:[^]*)$/, "$1$1");
    },
  },
  {
    name: "the ledger names a third place",
    code: "not-where-ledger-says",
    says: [
      /state-ledger\.yaml: the ledger says that arc-runners-\w+ is at https:\/\/other\.example\/x, and this would move it from http:/,
      /flywheel status arc-runners/,
    ],
    prepare: async (room) => {
      await room.live("http");
      room.enter("http", { location: "https://other.example/x" });
    },
  },
  {
    name: "there is no bucket in the configuration",
    code: "no-bucket",
    says: [/organization\.yaml: `state\.s3` is missing: a move keeps its journal in that bucket/],
    prepare: async (room) => {
      await room.live("http");
      room.configure(/ {2}s3:\n[^]*$/, "");
    },
  },
];
