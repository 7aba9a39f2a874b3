import { setTimeout as sleep } from "node:timers/promises";
import { type Asked, type Chooser, type Fault } from "./proxy";

/** A source of numbers from 0 (inclusive) to 1 (exclusive); a seeded one repeats itself. */
export type Random = () => number;

/** The kinds of fault that are injected at random. */
const faultKinds = ["500", "503", "slow", "cut reply", "lost reply", "lost request", "404 while data exists"] as const;
type FaultKind = (typeof faultKinds)[number];

/** Which protocol the store behind the proxy speaks: its way to say that something is wrong. */
type Protocol = "s3" | "http";

/** A chooser that makes a request fail with this probability, by one of the kinds; `told` hears of each. */
export function randomFaults(
  random: Random,
  probability: number,
  protocol: Protocol,
  told: (kind: FaultKind) => void = () => undefined,
): Chooser {
  return (asked) => {
    if (random() >= probability) return "pass";
    const kind = faultKinds[Math.floor(random() * faultKinds.length)] ?? "500";
    told(kind);
    return faultOf(kind, protocol, random, asked);
  };
}

/** One fault of a kind. */
export function faultOf(kind: FaultKind, protocol: Protocol, random: Random, asked: Asked): Fault {
  switch (kind) {
    case "500":
      return protocol === "s3" ? s3Error(500, "InternalError") : { status: 500, body: "broken\n" };
    case "503":
      return protocol === "s3" ? s3Error(503, "SlowDown") : { status: 503, body: "busy\n" };
    case "slow": {
      const milliseconds = 5 + Math.floor(random() * 60);
      return { before: () => sleep(milliseconds) };
    }
    case "cut reply":
      return "cut";
    case "lost reply":
      return "lose-reply";
    case "lost request":
      return "lose-request";
    case "404 while data exists":
      // NoSuchKey of a server that still has its identity can't be told from the truth; NoSuchBucket can.
      if (protocol === "s3") return s3Error(404, "NoSuchBucket");
      // Only reading: an engine, too, takes a 404 to a GET for "no state"; to a lock or a write it is an error.
      return asked.method === "GET" ? { status: 404, body: "" } : { status: 502, body: "no backend\n" };
  }
}

/** S3's way to say no. */
function s3Error(status: number, code: string): Fault & { readonly status: number; readonly body: string } {
  return {
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`,
    headers: { "content-type": "application/xml" },
  };
}

/** The key that a path-style S3 request is about. */
export function keyOf({ path }: Asked): string {
  return decodeURIComponent(path.replace(/\?.*$/s, "").split("/").slice(2).join("/"));
}

/** A bucket that was re-created: every object is gone, what is written to a key is accepted (and told), nothing is ever found again. */
export function emptyBucket(told: (key: string) => void = () => undefined): Chooser {
  return (asked) => {
    // A write over a version that is not there is refused, as by AWS and MinIO.
    if (asked.method !== "PUT" || asked.headers["if-match"] !== undefined)
      return asked.path.includes("?") && keyOf(asked) === "" ? "pass" : s3Error(404, "NoSuchKey");
    told(keyOf(asked));
    return { status: 200, body: "", headers: { etag: '"d41d8cd98f00b204e9800998ecf8427e"' } };
  };
}

/** A server that counts a delete marker as an object: a lock that was ever given back can't be created again. */
export function markersBlockLocks(): Chooser {
  return (asked) =>
    asked.method === "PUT" && asked.headers["if-none-match"] !== undefined && keyOf(asked).endsWith(".tflock")
      ? s3Error(412, "PreconditionFailed")
      : "pass";
}

/**
 * A server that takes every conditional create for an ordinary write: `overwrite` does what such a server would do, because a
 * signed request can't be changed on its way.
 */
export function ignoresIfNoneMatch(overwrite: (key: string, asked: Asked) => Promise<string>): Chooser {
  return (asked) =>
    asked.method === "PUT" && asked.headers["if-none-match"] !== undefined
      ? { instead: async () => ({ status: 200, body: "", headers: { etag: await overwrite(keyOf(asked), asked) } }) }
      : "pass";
}

/** An older server: it answers 400 to the checksum headers that today's SDKs send with what they write, unless they are told not to. */
export function refusesChecksums(): Chooser {
  return ({ headers }) =>
    Object.keys(headers).some((name) => /^x-amz-(checksum-(?!mode$)|sdk-checksum-algorithm|trailer)/.test(name))
      ? s3Error(400, "InvalidArgument")
      : "pass";
}
