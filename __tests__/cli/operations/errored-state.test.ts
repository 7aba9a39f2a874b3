import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Clone, type RealWorld } from "../../authority/cutover/real";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { send, temporaryFolder } from "../../authority/support";

/** The newest state lies in the stack's folder: nothing may be written or moved around it. */
jest.setTimeout(180_000);

const open = worldsOverMinio();
const folder = temporaryFolder();
const stack = join(folder, "cdktf.out", "stacks", "arc-runners");
let world: RealWorld;
let clone: Clone;

beforeAll(async () => {
  world = await open({ store: "file" });
  await world.put(7);
  clone = new Clone(world.clone.config, world.clone.environment, folder);
  mkdirSync(stack, { recursive: true });
  writeFileSync(join(stack, "errored.tfstate"), "{}");
});

const namesRecover = expect.stringContaining("flywheel recover arc-runners");

it("restore and cutover stop and name recover, and nothing is moved", async () => {
  const { body } = await world.get();
  const restored = await clone.flywheel("restore", "arc-runners", "--version", "1", "--dir", world.states);
  expect(restored).toMatchObject({ code: 1, stderr: namesRecover });
  for (const extra of [["--dry-run"], []]) {
    const moved = await clone.flywheel("cutover", "arc-runners", "--to", "s3", ...extra);
    expect(moved).toMatchObject({ code: 1, stderr: namesRecover });
  }
  expect(await world.get()).toMatchObject({ status: 200, body });
});

it("a preview of the live state says that it is not the newest one", async () => {
  const preview = await clone.flywheel("preview", "arc-runners", "--live");
  expect(preview).toMatchObject({ code: 0, stderr: namesRecover });
});

it("unlock goes on, since recover needs the lock, and names it", async () => {
  await send("POST", `${world.address}/lock`, { auth: "ann:secret", body: '{"ID":"died"}' });
  expect(await clone.flywheel("unlock", "arc-runners", "died")).toMatchObject({ code: 0, stderr: namesRecover });
});

it("check has a line for it, and one for files that the engine would read beside the program", async () => {
  writeFileSync(join(stack, "x.auto.tfvars"), 'namespace = "other"\n');
  const { code, stdout } = await clone.flywheel("check", "arc-runners", "--json");
  expect(code).toBe(1);
  const { lines } = JSON.parse(stdout) as { lines: readonly object[] };
  const failedWith = (name: string) =>
    expect.objectContaining({ status: "failed", problems: [expect.objectContaining({ code: name })] });
  expect(lines).toEqual(expect.arrayContaining([failedWith("errored-state-left"), failedWith("foreign-files")]));
});
