import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../lib/errors";
import { singleWriter, singleWriterFromEnvironment } from "../../../authority/server/authenticate";
import { PasswordChecks } from "../../../authority/server/password-checks";
import { FileStore } from "../../../authority/stores/file";
import { hashPassword, parsePasswordHash, verifyPassword } from "../../../authority/server/password";
import { usersFromFile } from "../../../authority/server/users";
import { matchesGlob } from "../../../lib/text/glob";
import { temporaryFolder } from "../support";

const fail = (problem: UserError): never => {
  throw problem;
};

function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

const file = (users: object[]): string => JSON.stringify({ users });

describe("one writer from the environment", () => {
  it("is the pair of names that the engines read", async () => {
    const authenticator = singleWriterFromEnvironment({ TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "s3:cret" });
    expect(await authenticator.authenticate("ann", "s3:cret")).toMatchObject({ name: "ann", role: "write" });
    expect(await authenticator.authenticate("ann", "s3:cre")).toBeUndefined();
    expect(await authenticator.authenticate("an", "s3:cret")).toBeUndefined();
  });

  it.each([
    {},
    { TF_HTTP_USERNAME: "ann" },
    { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "" },
    { TF_HTTP_USERNAME: "a:b", TF_HTTP_PASSWORD: "x" },
  ])("is refused for %j", (environment) => expect(() => singleWriterFromEnvironment(environment)).toThrow(UserError));

  it("may use every state", async () => {
    expect((await singleWriter("a", "b").authenticate("a", "b"))?.mayUse("attic-dev")).toBe(true);
  });
});

describe("password hashes", () => {
  it("verify their password and no other", async () => {
    const hash = parsePasswordHash(await hashPassword("correct horse"));
    if (!hash) throw new Error("our own hash is not readable");
    expect(await verifyPassword("correct horse", hash)).toBe(true);
    expect(await verifyPassword("correct horsf", hash)).toBe(false);
  });

  it.each([
    "",
    "plain",
    "scrypt$1$8$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "scrypt$16385$8$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "scrypt$1073741824$8$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "scrypt$16384$8$1$$",
  ])("are refused as %j", (text) => expect(parsePasswordHash(text)).toBeUndefined());
});

describe("a file of users", () => {
  it("gives roles and states, and takes two hashes while a password changes", async () => {
    const path = join(temporaryFolder(), "users.yaml");
    write(
      path,
      `users:\n  - name: ci\n    role: read\n    states: ["*-prod", attic-dev]\n    hashes: ["${await hashPassword("old")}", "${await hashPassword("new")}"]\n`,
    );
    const users = await usersFromFile(path, fail);
    for (const password of ["old", "new", "new"])
      expect(await users.authenticate("ci", password)).toMatchObject({ name: "ci", role: "read" });
    expect(await users.authenticate("ci", "wrong")).toBeUndefined();
    expect(await users.authenticate("nobody", "old")).toBeUndefined();
    const ci = await users.authenticate("ci", "old");
    expect(["attic-prod", "attic-dev", "arc-runners-dev"].map((state) => ci?.mayUse(state))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("is read again when it changes, and a removed user is out at once", async () => {
    const path = join(temporaryFolder(), "users.json");
    const [ann, ben] = [await hashPassword("a"), await hashPassword("b")];
    write(path, file([{ name: "ann", role: "write", states: ["*"], hashes: [ann] }]));
    const users = await usersFromFile(path, fail);
    expect(await users.authenticate("ann", "a")).toBeDefined();
    write(path, file([{ name: "ben", role: "write", states: ["*"], hashes: [ben] }]));
    expect(await users.authenticate("ann", "a")).toBeUndefined();
    expect(await users.authenticate("ben", "b")).toBeDefined();
  });

  it("changed to something unusable is reported once, and the users stay", async () => {
    const path = join(temporaryFolder(), "users.json");
    write(path, file([{ name: "ann", role: "write", states: ["*"], hashes: [await hashPassword("a")] }]));
    const problems: UserError[] = [];
    const users = await usersFromFile(path, (problem) => problems.push(problem));
    write(path, "users: [");
    expect(await users.authenticate("ann", "a")).toBeDefined();
    expect(await users.authenticate("ann", "a")).toBeDefined();
    expect(problems).toHaveLength(1);
  });

  it.each([
    ["nobody", file([])],
    ["a role that is none", file([{ name: "a", role: "admin", states: ["*"], hashes: ["x"] }])],
    ["an unknown key", file([{ name: "a", role: "read", states: ["*"], hashes: [], password: "clear" }])],
    ["no YAML", "users: ["],
  ])("with %s is refused at the start, without quoting it", async (_name, text) => {
    const path = join(temporaryFolder(), "users.json");
    write(path, text);
    const error = await usersFromFile(path, fail).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).not.toContain("clear");
  });

  it("that is missing is refused", async () => {
    await expect(usersFromFile(join(temporaryFolder(), "none"), fail)).rejects.toThrow(UserError);
  });
});

describe("checking passwords", () => {
  it("runs a few at once, lets some wait, and sends the rest away at once", async () => {
    const checks = new PasswordChecks(2, 3);
    let running = 0;
    let most = 0;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const all = Array.from({ length: 8 }, async () =>
      checks.run(async () => {
        most = Math.max(most, (running += 1));
        await gate;
        running -= 1;
      }),
    );
    const answers = Promise.allSettled(all);
    await expect(all[7]).rejects.toMatchObject({ status: 503, code: "too-many-logins" });
    open();
    expect((await answers).filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(most).toBe(2);
    expect(await checks.run(async () => "again")).toBe("again");
  });

  it("asks once for many requests of one client, and goes on after a failure", async () => {
    const path = join(temporaryFolder(), "users.json");
    write(path, file([{ name: "ann", role: "write", states: ["*"], hashes: [await hashPassword("a")] }]));
    const users = await usersFromFile(path, fail, new PasswordChecks(1, 1));
    const many = await Promise.all(Array.from({ length: 20 }, async () => users.authenticate("ann", "a")));
    expect(many.every((identity) => identity?.name === "ann")).toBe(true);
    const wrong = await Promise.all(Array.from({ length: 20 }, async () => users.authenticate("ann", "b")));
    expect(wrong.every((identity) => identity === undefined)).toBe(true);
  });

  it("leaves threads for the file store while strangers guess", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "users.json");
    write(path, file([{ name: "ann", role: "write", states: ["*"], hashes: [await hashPassword("a")] }]));
    const users = await usersFromFile(path, fail);
    const store = await FileStore.open(join(folder, "store"));
    await store.create("key", Buffer.from("x"));
    let guessed = 0;
    const guesses = Array.from({ length: 16 }, async (_, n) =>
      users.authenticate(`guess-${n}`, "x").finally(() => (guessed += 1)),
    );
    for (let round = 0; round < 3; round += 1) await store.read("key");
    // Before, each read waited behind all the guesses that had come earlier.
    expect(guessed).toBeLessThan(16);
    await Promise.all(guesses);
  });
});

it.each([
  ["attic-*", "attic-dev", true],
  ["attic-*", "attic", false],
  ["*", "anything", true],
  ["attic-de?", "attic-dev", true],
  ["attic.dev", "attic-dev", false],
  ["attic", "attic-dev", false],
])("the glob %s on %s: %s", (glob, name, fits) => expect(matchesGlob(glob, name)).toBe(fits));
