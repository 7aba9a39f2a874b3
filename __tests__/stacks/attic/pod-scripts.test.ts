import { createHmac } from "node:crypto";
import { script, scriptWith } from "../../../lib/constructs/script";
import { shellQuoted } from "../../../lib/text/shell";
import { waitFor } from "../../../lib/constructs/wait-for";
import { asRun, FakeCommands } from "./support";

let fake: FakeCommands;
beforeEach(() => void (fake = new FakeCommands()));
afterEach(() => fake.remove());

describe("making the cache", () => {
  const text = asRun(scriptWith("init-cache", { ATTIC: "http://attic.nix-cache.svc.cluster.local" }));
  const env = (key: string) => ({
    ATTIC_JWT_HS256_SECRET_B64: Buffer.from(key).toString("base64"),
    PAUSE: "0.1",
    PATIENCE: "9",
  });
  /** curl against a server that has the cache once it was asked for it. */
  const server = (creation = 'touch "$calls/made"') =>
    fake.add(
      "curl",
      `case "$*" in *cache-config*) cat >"$calls/curl.input"; ${creation} ;; *nix-cache-info*) [ -e "$calls/made" ] ;; esac`,
    );

  it.each([
    ["of a block", "k".repeat(64)],
    ["shorter than a block", "a key"],
    ["longer than a block", "long".repeat(40)],
  ])("signs a token with a key %s", (_length, key) => {
    server();
    const { code, stdout, stderr } = fake.run(text, [], env(key));
    expect([code, stdout, stderr]).toEqual([0, "cache main is there\n", ""]);
    const token = /^Authorization: Bearer (\S+)\n$/.exec(fake.read("curl.input"))?.[1] ?? "";
    const [header = "", claims = "", signature] = token.split(".");
    expect(signature).toBe(createHmac("sha256", key).update(`${header}.${claims}`).digest("base64url"));
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      sub: "init-cache",
      "https://jwt.attic.rs/v1": { caches: { main: { r: 1, cc: 1 } } },
    });
  });

  it("puts neither key nor token on a command line", () => {
    server();
    fake.run(text, [], env("a key"));
    const words = fake.argumentsOf("curl");
    expect(words).not.toContain("Bearer");
    expect(words).not.toContain(env("a key").ATTIC_JWT_HS256_SECRET_B64);
    expect(words).toContain('"keypair":"Generate"');
  });

  it("leaves a cache that is there alone", () => {
    fake.add("curl", "");
    expect(fake.run(text, [], env("a key")).code).toBe(0);
    expect(fake.argumentsOf("curl")).not.toContain("cache-config");
  });

  it("fails where the server refuses, with its answer", () => {
    server('printf \'{"error":"Unauthorized"}\\nHTTP 401\'');
    expect(fake.run(text, [], env("a key"))).toMatchObject({
      code: 1,
      stderr: 'cache main could not be made: {"error":"Unauthorized"}\nHTTP 401\n',
    });
  });

  it("fails where the server never answers", () => {
    fake.add("curl", "exit 7");
    const { code, stderr } = fake.run(text, [], { ...env("a key"), PATIENCE: "4" });
    expect([code, stderr]).toEqual([1, "no answer from http://attic.nix-cache.svc.cluster.local after 5s\n"]);
  });
});

describe("a bucket's expiry", () => {
  const run = (days: { nar: number; chunks: number }) => {
    const text = asRun(
      scriptWith("bucket-lifecycle", {
        MINIO: "http://attic-minio-hl:9000",
        BUCKET: "attic",
        NAR_DAYS: String(days.nar),
        CHUNK_DAYS: String(days.chunks),
      }),
    );
    // The pod has the credentials at a fixed place.
    const local = text.replace(". /credentials/config.env", "MINIO_ROOT_USER=admin MINIO_ROOT_PASSWORD='pass word'");
    return fake.run(local, [], { MC_CONFIG_DIR: `${fake.folder}/.mc`, PAUSE: "0" });
  };
  const mc = (rest = "") =>
    fake.add(
      "mc",
      `case "$*" in "alias set"*) cat >"$calls/mc.keys" ;; *import*) cat >"$calls/mc.rules" ;; esac\n${rest}`,
    );

  it("is set as a whole, so that again changes nothing, and the keys go in on stdin", () => {
    mc();
    expect(run({ nar: 60, chunks: 120 }).code).toBe(0);
    expect(JSON.parse(fake.read("mc.rules"))).toEqual({
      Rules: [
        { ID: "expire-nar", Status: "Enabled", Filter: { Prefix: "nar/" }, Expiration: { Days: 60 } },
        { ID: "expire-chunks", Status: "Enabled", Filter: { Prefix: "chunks/" }, Expiration: { Days: 120 } },
      ],
    });
    expect(fake.read("mc.keys")).toBe("admin\npass word\n");
    expect(fake.argumentsOf("mc")).not.toContain("pass word");
  });

  it("leaves out what stays for ever, and takes rules away where everything does", () => {
    mc();
    run({ nar: 0, chunks: 7 });
    expect(fake.read("mc.rules")).toBe(
      '{"Rules":[{"ID":"expire-chunks","Status":"Enabled","Filter":{"Prefix":"chunks/"},"Expiration":{"Days":7}}]}\n',
    );
    run({ nar: 0, chunks: 0 });
    expect(fake.argumentsOf("mc")).toContain("--all\n--force\nstore/attic\n");
  });

  it("fails where the bucket does not come, and where MinIO refuses the rules", () => {
    mc('case "$1" in ls) exit 1 ;; esac');
    expect(run({ nar: 1, chunks: 1 })).toMatchObject({ code: 1, stderr: "bucket attic is not there\n" });
    mc('case "$*" in *import*) exit 1 ;; esac');
    expect(run({ nar: 1, chunks: 1 }).code).toBe(1);
  });
});

describe("the other scripts of pods", () => {
  it("warming fetches every flake and fails if one did not come", () => {
    fake.add("nix", 'case "$*" in *home-manager*) exit 1 ;; esac');
    const { code, stderr } = fake.run(asRun(script("warm-cache")), [], {});
    expect([code, stderr]).toEqual([1, "not fetched: github:nix-community/home-manager\n"]);
    expect(fake.argumentsOf("nix")).toContain("github:NixOS/nixpkgs/nixos-unstable");
  });

  it("waiting goes on until the port answers", () => {
    fake.add("nc", '[ -e "$calls/second" ] || { touch "$calls/second"; exit 1; }');
    fake.add("sleep", "");
    const [text = ""] = waitFor("postgres", "busybox", "attic-pg-rw.nix-cache.svc.cluster.local", 5432).args;
    expect(fake.run(text, [], {})).toMatchObject({
      code: 0,
      stdout: "waiting for attic-pg-rw.nix-cache.svc.cluster.local:5432\n",
    });
  });

  it("values are words of the shell, whatever is in them", () => {
    const value = "a'b\"c $HOME `id` \\";
    expect(fake.run(`printf %s ${shellQuoted(value)}`, [], {}).stdout).toBe(value);
  });
});
