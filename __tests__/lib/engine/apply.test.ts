import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyEngine, type ApplyEnd } from "../../../lib/engine/apply";
import { runEngine } from "../../../lib/engine/run";
import { UserError } from "../../../lib/errors";
import { findEngine } from "../../support/engines";

jest.setTimeout(120_000);

const root = mkdtempSync(join(tmpdir(), "flywheel-apply-"));
const engine = findEngine().path;
const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], CHECKPOINT_DISABLE: "1" };
let printed = "";

beforeAll(() => {
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, "write").mockImplementation((text) => ((printed += String(text)), true));
});
afterAll(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

/** A folder with a saved plan of a real engine: the builtin provider alone. */
async function planned(name: string, text: string): Promise<string> {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "main.tf"), text);
  for (const args of [
    ["init", "-input=false"],
    ["plan", "-input=false", "-out=plan"],
  ])
    expect(await runEngine({ engine, folder, env, args })).toMatchObject({ exitCode: 0 });
  return folder;
}

async function apply(folder: string, program = engine): Promise<ApplyEnd> {
  printed = "";
  return applyEngine({ engine: program, folder, env, output: "to stdout", args: ["plan"], colour: false });
}

test("what was applied is told as people read it, and no sensitive output", async () => {
  const folder = await planned(
    "whole",
    'resource "terraform_data" "one" {\n input = 1\n}\noutput "shown" {\n value = "open"\n}\noutput "hidden" {\n sensitive = true\n value = "s3cr3t"\n}\n',
  );
  expect(await apply(folder)).toMatchObject({ exitCode: 0, idle: false });
  expect(printed).toMatch(
    /terraform_data\.one: Creation complete[^]*Apply complete! Resources: 1 added[^]*shown = "open"/,
  );
  expect(printed).toContain("hidden = (sensitive)");
  expect(printed).not.toContain("s3cr3t");

  // The same plan again: it is stale, and the engine says so before it begins.
  expect(await apply(folder)).toMatchObject({
    exitCode: 1,
    idle: true,
    said: expect.stringMatching(/plan/i) as unknown,
  });
});

test("an apply that failed in the middle had begun", async () => {
  const folder = await planned(
    "middle",
    'resource "terraform_data" "one" {\n provisioner "local-exec" {\n  command = "exit 3"\n }\n}\n',
  );
  expect(await apply(folder)).toMatchObject({ exitCode: 1, idle: false });
});

test("an engine that is not there has done nothing; one that says nothing may have done anything", async () => {
  const folder = await planned("none", 'resource "terraform_data" "one" {}\n');
  const absent = await apply(folder, join(root, "no-engine"));
  expect(absent).toMatchObject({ exitCode: undefined, idle: true });
  expect(absent.stopped).toBeInstanceOf(UserError);
  expect(await apply(folder, "/bin/false")).toMatchObject({ exitCode: 1, idle: false });
});
