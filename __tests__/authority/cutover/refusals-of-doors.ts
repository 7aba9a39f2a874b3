import { sealId } from "../../../authority/cutover/seal";
import { freePort } from "../../../lab/s3/server-process";
import { startForeign } from "./foreign";
import { stateText } from "./real";
import { type Refusal } from "./refusal";
import { withGitLab } from "./refusals-of-states";
import { applyLock, type Room } from "./room";

const toHttp = ["--to", "http"];

async function withForeign(room: Room, status: number): Promise<void> {
  const foreign = await startForeign(stateText(3), status);
  room.atEnd(foreign.close);
  room.configure(/address: "[^"]*"/, `address: "${foreign.address}"`);
  room.alsoLookAt = () => foreign.asked.filter((method) => !["GET", "POST"].includes(method));
}

/** Who else is at work there. */
export const refusedLocks: readonly Refusal[] = [
  ...(
    [
      ["http", "http", []],
      ["s3", "s3", toHttp],
      ["s3", "http", []],
      ["http", "s3", toHttp],
    ] as const
  ).map(([held, from, args]): Refusal => ({
    name: `an apply holds the lock at ${held}, leaving ${from}`,
    code: held === from ? "locked" : "destination-locked",
    ...(args.length === 0 ? {} : { args }),
    says: [
      /is locked by ci@runner-7 \(apply, since 2026-04-16T09:12:00(\.000)?Z, lock 6f1c0000-apply\)/,
      new RegExp(`^${held}:`, "m"),
      held === from ? /flywheel unlock arc-runners 6f1c0000-apply/ : /Wait for it, then run this again/,
    ],
    prepare: async (room) => {
      await room.live(from);
      await room.lock(held);
    },
  })),
  {
    name: "the destination is sealed for another place",
    code: "destination-locked",
    says: [/s3:\S+ is locked by .*moved-to:https:\/\/other\.example\/state/, /seal of another move/],
    prepare: async (room) => {
      await room.live("http");
      await room.lock("s3", { ...applyLock, ID: sealId("https://other.example/state", "u") });
    },
  },
  ...[404, 405, 501].map((status): Refusal => ({
    name: `a foreign server answers ${status} to a lock`,
    code: "no-locking",
    says: [new RegExp(`POST http:\\S+/states/one/lock answers ${status}`), /a server that locks/],
    prepare: (room) => withForeign(room, status),
  })),
];

/** Credentials and outages. */
export const refusedDoors: readonly Refusal[] = [
  {
    name: "the HTTP password is wrong",
    dryRun: true,
    code: "not-allowed",
    says: [/http:\S+ answers 401/, /TF_HTTP_USERNAME is ann: check it and TF_HTTP_PASSWORD/],
    prepare: async (room) => {
      await room.live("http");
      room.give({ TF_HTTP_PASSWORD: "wr0ng-passw0rd" });
    },
  },
  {
    name: "the HTTP password is wrong at the destination",
    code: "not-allowed",
    args: toHttp,
    says: [/http:\S+ answers 401/],
    prepare: async (room) => {
      await room.live("s3");
      room.give({ TF_HTTP_PASSWORD: "wr0ng-passw0rd" });
    },
  },
  {
    name: "the legacy token is wrong",
    code: "not-allowed",
    args: ["--to", "s3", "--from", "legacy.gitlab"],
    says: [/http:\S+ answers 401/, /TF_HTTP_LEGACY_USERNAME is ann: check it and TF_HTTP_LEGACY_PASSWORD/],
    prepare: async (room) => {
      await withGitLab(room, stateText(3));
      room.give({ TF_HTTP_LEGACY_PASSWORD: "glpat-wr0ng" });
    },
  },
  {
    name: "there are no HTTP credentials",
    code: "not-allowed",
    says: [/http:\S+ answers 401/, /Set TF_HTTP_USERNAME and TF_HTTP_PASSWORD/],
    prepare: async (room) => {
      await room.live("http");
      room.forget("TF_HTTP_USERNAME", "TF_HTTP_PASSWORD");
    },
  },
  {
    name: "the S3 secret is wrong",
    code: "store-unavailable",
    says: [/SignatureDoesNotMatch \(403\)/, /the secret key is wrong/],
    prepare: async (room) => {
      await room.live("http");
      room.give({ AWS_SECRET_ACCESS_KEY: "wr0ng-s3cret" });
    },
  },
  {
    name: "the S3 access key is unknown",
    code: "store-unavailable",
    args: toHttp,
    says: [/InvalidAccessKeyId \(403\)/],
    prepare: async (room) => {
      await room.live("s3");
      room.environment["AWS_ACCESS_KEY_ID"] = "nobody";
    },
  },
  {
    name: "there are no S3 credentials",
    dryRun: true,
    code: "no-credentials",
    says: [/no S3 credentials in the environment/, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
    prepare: async (room) => {
      await room.live("http");
      room.forget("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE");
    },
  },
  ...(["http", "s3"] as const).map((from): Refusal => ({
    name: `the bucket does not exist, leaving ${from}`,
    dryRun: true,
    code: "store-unavailable",
    args: ["--to", from === "http" ? "s3" : "http"],
    says: [/NoSuchBucket \(404\)/, /an outage, not an empty state/, /docs\/bucket-index-gone\.md/],
    prepare: async (room) => {
      await room.live(from);
      room.configure(/bucket: \S+/, "bucket: gone");
      if (from === "s3") room.edit(room.world.clone.ledgerFile, "s3://tofu-state/", "s3://gone/");
    },
  })),
  {
    name: "the bucket has another identity",
    code: "wrong-authority",
    says: [
      /it has no \.flywheel\/authority\.json, and state\.s3\.authority expects 3f0c0000/,
      /Change nothing; see docs\/bucket-index-gone\.md/,
    ],
    prepare: async (room) => {
      await room.live("http");
      room.configure(/( +)bucket: \S+/, "$&\n$1authority: 3f0c0000-0000-4000-8000-000000000000");
    },
  },
  ...(["http", "s3"] as const).map((side): Refusal => ({
    name: `nothing listens at ${side}`,
    code: side === "http" ? "state-unavailable" : "store-unavailable",
    says: [/ECONNREFUSED/],
    prepare: async (room) => {
      await room.live("http");
      const port = await freePort();
      room.configure(
        side === "http" ? /(address: "http:\/\/127\.0\.0\.1:)\d+/ : /(endpoint: http:\/\/127\.0\.0\.1:)\d+/,
        `$1${port}`,
      );
      if (side === "http") room.edit(room.world.clone.ledgerFile, /127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
    },
  })),
];
