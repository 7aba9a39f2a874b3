import { startGitLab } from "../stores/gitlab";
import { stateText } from "./real";
import { type Refusal } from "./refusal";
import { type Room } from "./room";

const toHttp = ["--to", "http"];
const fromLegacy = ["--to", "s3", "--from", "legacy.gitlab"];

/** GitLab as the legacy place, with this answer for a state. */
export async function withGitLab(room: Room, answer: string | undefined): Promise<void> {
  const gitlab = await startGitLab();
  room.atEnd(gitlab.close);
  gitlab.state = answer === undefined ? undefined : Buffer.from(answer);
  room.configure(/$/, `  legacy: {gitlab: {address: "${gitlab.address}"}}\n`);
  room.alsoLookAt = () => ({ state: gitlab.state?.toString(), lock: gitlab.lock });
}

/** What is wrong with the state at either place. */
export const refusedStates: readonly Refusal[] = [
  {
    name: "http answers 404, and the ledger knows nothing",
    code: "empty-source",
    says: [
      /there is no state at http:\S+\/state\/arc-runners-/,
      /expected a state to move/,
      /flywheel register arc-runners/,
    ],
    prepare: async () => undefined,
  },
  {
    name: "http answers 404, and the ledger knows a state",
    dryRun: true,
    code: "state-missing",
    says: [
      /there is no state at http:\S+, and the ledger knows one: serial 3, lineage lineage-1/,
      /an outage, not a beginning/,
      /flywheel check arc-runners/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await room.remove("http");
    },
  },
  {
    name: "the bucket has no such object, and the ledger knows a state",
    code: "state-missing",
    args: toHttp,
    says: [/there is no state at s3:\S+, and the ledger knows one: serial 3, lineage lineage-1/],
    prepare: async (room) => {
      await room.live("s3");
      await room.remove("s3");
    },
  },
  {
    name: "the server holds something that is no state",
    code: "state-unavailable",
    says: [
      /the state at http:\S+ cannot be read: it answers 502 \(.*is there, but is not a state: it is not JSON/,
      /See what answers there/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await room.put("http", "<html>");
    },
  },
  {
    name: "the bucket holds something that is no state",
    code: "stored-state-unreadable",
    args: toHttp,
    says: [/is there, but is not a state: its version is not what a state of version 4 has/],
    prepare: async (room) => {
      await room.live("s3");
      await room.put("s3", '{"version": 3, "serial": 1, "lineage": "lineage-1"}');
    },
  },
  {
    name: "GitLab answers 404",
    code: "empty-source",
    args: fromLegacy,
    says: [/there is no state at http:\S+\/terraform\/state\//],
    prepare: (room) => withGitLab(room, undefined),
  },
  {
    name: "GitLab answers with nothing",
    code: "state-unavailable",
    args: fromLegacy,
    says: [/cannot be read: it answers 200 with nothing in it/],
    prepare: (room) => withGitLab(room, ""),
  },
  {
    name: "GitLab answers with a page",
    dryRun: true,
    code: "stored-state-unreadable",
    args: fromLegacy,
    says: [/the state at http:\S+ is not a state: it is not JSON/],
    prepare: (room) => withGitLab(room, "<html>log in</html>"),
  },
  {
    name: "the bucket has another lineage",
    code: "foreign-destination",
    says: [
      /s3:\S+ holds another state: lineage lineage-2, serial 1; the source has lineage-1/,
      /Nothing is overwritten|nothing is overwritten/,
    ],
    prepare: async (room) => {
      await room.live("http");
      await room.put("s3", stateText(1, "lineage-2"));
    },
  },
  {
    name: "the server has another lineage",
    dryRun: true,
    code: "foreign-destination",
    args: toHttp,
    says: [/http:\S+ holds another state: lineage lineage-2, serial 1; the source has lineage-1/],
    prepare: async (room) => {
      await room.live("s3");
      await room.put("http", stateText(1, "lineage-2"));
    },
  },
  {
    name: "the destination has a higher serial",
    dryRun: true,
    code: "newer-destination",
    says: [/s3:\S+ is at serial 9, and the source at 3/, /flywheel status/],
    prepare: async (room) => {
      await room.live("http");
      await room.put("s3", stateText(9));
    },
  },
  {
    name: "the destination has the same serial with other bytes",
    code: "newer-destination",
    says: [/s3:\S+ is at serial 3 like the source, with other bytes/],
    prepare: async (room) => {
      await room.live("http");
      await room.put("s3", `${stateText(3)}\n`);
    },
  },
  {
    name: "the destination holds something that is no state",
    code: "stored-state-unreadable",
    says: [/is there, but is not a state: it is not JSON/],
    prepare: async (room) => {
      await room.live("http");
      await room.put("s3", "<html>");
    },
  },
  {
    name: "the source has another lineage than the ledger",
    code: "lineage-not-in-ledger",
    says: [/http:\S+ has lineage lineage-1, and the ledger says lineage-7/],
    prepare: async (room) => {
      await room.live("http");
      room.enter("http", { lineage: "lineage-7" });
    },
  },
  {
    name: "the source is behind the ledger",
    dryRun: true,
    code: "serial-behind-ledger",
    says: [/http:\S+ is at serial 3, and the ledger knows 12/, /flywheel history arc-runners/],
    prepare: async (room) => {
      await room.live("http");
      room.enter("http", { serial: 12 });
    },
  },
];
