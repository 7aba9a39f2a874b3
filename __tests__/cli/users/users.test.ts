import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { usersFromFile } from "../../../authority/server/users";
import { addUser, endRotation, listUsers, removeUser, rotateUser } from "../../../authority/server/users-file";
import { repositoryRoot } from "../../../lib/root";
import { temporaryFolder } from "../../authority/support";
import { codeOf } from "../../support/code-of";

const flywheel = join(repositoryRoot, "bin", "flywheel");
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});
const freshFile = (): string => join(temporaryFolder(), "users.yaml");
const mayEnter = async (file: string, name: string, password: string): Promise<boolean> =>
  (await (
    await usersFromFile(file, (problem) => {
      throw problem;
    })
  ).authenticate(name, password)) !== undefined;

it("adds, rotates without a gap, and removes, and keeps what people wrote beside", async () => {
  const file = freshFile();
  await addUser(file, { name: "ci", role: "write", states: ["*-prod"] }, "one");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, `# reviewed by ben\n${readFileSync(file, "utf8")}`);
  await addUser(file, { name: "ann", role: "read", states: ["*"] }, "of ann");
  await rotateUser(file, "ci", "two");
  expect([await mayEnter(file, "ci", "one"), await mayEnter(file, "ci", "two")]).toEqual([true, true]);
  await rotateUser(file, "ci", "three");
  expect([await mayEnter(file, "ci", "one"), await mayEnter(file, "ci", "two")]).toEqual([false, true]);
  expect(listUsers(file)).toContainEqual({ name: "ci", role: "write", states: ["*-prod"], passwords: 2 });
  expect(endRotation(file, "ci")).toBe(true);
  expect([await mayEnter(file, "ci", "two"), await mayEnter(file, "ci", "three")]).toEqual([false, true]);
  expect(endRotation(file, "ci")).toBe(false);
  removeUser(file, "ann");
  expect(await mayEnter(file, "ann", "of ann")).toBe(false);
  expect(readFileSync(file, "utf8")).toMatch(/^# reviewed by ben\n/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("refuses what would leave a file that the server does not take", async () => {
  const file = freshFile();
  await addUser(file, { name: "ci", role: "write", states: ["*"] }, "one");
  const before = readFileSync(file, "utf8");
  expect(await codeOf(addUser(file, { name: "ci", role: "read", states: ["*"] }, "x"))).toBe("user-exists");
  expect(await codeOf(addUser(file, { name: "a:b", role: "read", states: ["*"] }, "x"))).toBe("users-file");
  expect(await codeOf(rotateUser(file, "ben", "x"))).toBe("no-such-user");
  expect(await codeOf(Promise.resolve().then(() => removeUser(file, "ci")))).toBe("last-user");
  expect(await codeOf(Promise.resolve().then(() => listUsers(join(file, "none"))))).toBe("users-file");
  expect(readFileSync(file, "utf8")).toBe(before);
});

describe("the password", () => {
  it("is typed twice on a terminal, and not shown", async () => {
    const file = freshFile();
    const command = `${process.execPath} ${flywheel} users add ann --users ${file} --role read --states '*'`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
    children.add(child);
    let screen = "";
    child.stdout.on("data", (chunk) => (screen += String(chunk)));
    const told = async (text: string): Promise<void> => {
      while (!screen.includes(text)) await once(child.stdout, "data");
    };
    const ended = new Promise((resolve) => child.once("close", resolve));
    await told("password for ann: ");
    child.stdin.write("typed unseen\r");
    await told("again: ");
    child.stdin.write("typed unseen\r");
    await told("ann is added");
    child.stdin.end();
    await ended;
    expect(screen).not.toContain("unseen");
    expect(await mayEnter(file, "ann", "typed unseen")).toBe(true);
  });

  it("comes by stdin, or is made and printed once on stdout", async () => {
    const file = freshFile();
    const add = async (
      name: string,
      input: string,
      ...more: string[]
    ): Promise<{ code: number | null; out: string; all: string }> => {
      const args = [flywheel, "users", "add", name, "--users", file, "--role", "write", ...more, "--states", "*"];
      const child = spawn(process.execPath, args, { stdio: "pipe" });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk) => (out += String(chunk)));
      child.stderr.on("data", (chunk) => (err += String(chunk)));
      child.stdin.end(input);
      const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
      return { code, out, all: out + err };
    };
    const piped = await add("ann", "by stdin\n");
    expect(piped.all).not.toContain("by stdin");
    expect(await mayEnter(file, "ann", "by stdin")).toBe(true);
    const made = await add("ben", "", "--generate");
    expect(await mayEnter(file, "ben", made.out.trim())).toBe(true);
    expect(readFileSync(file, "utf8")).not.toContain(made.out.trim());
    expect(await add("joe", "\n")).toMatchObject({ code: 1, all: expect.stringContaining("it is empty") });
    expect(await add("joe", "two\nlines\n")).toMatchObject({ code: 1, all: expect.stringContaining("line end") });
  });
});
