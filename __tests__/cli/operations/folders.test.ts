import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Clone, type RealWorld } from "../../authority/cutover/real";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { keyPair } from "../../authority/backup/support";
import { run } from "../../authority/programs";
import { temporaryFolder } from "../../authority/support";
import { findEngines } from "../../support/engines";

/** A folder of HCL as a stack: the shipped command line, real servers, real engines, and nothing but `terraform_data`. */
jest.setTimeout(10 * 60_000);

const open = worldsOverMinio();
const at = "tofu/stacks/edge";

/** A repository with a folder of HCL that has a module further up, and a file of variables that git ignores. */
function overlay(terraform = 'backend "http" {}'): { top: string; write: (path: string, text: string) => void } {
  const top = temporaryFolder();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  write(
    "tofu/modules/note/main.tf",
    'variable "text" { type = string }\nresource "terraform_data" "note" { input = var.text }\n',
  );
  write(
    `${at}/main.tf`,
    `terraform {\n  ${terraform}\n}\nvariable "region" { type = string }\nmodule "note" {\n  source = "../../modules/note"\n  text = "edge in \${var.region}"\n}\n`,
  );
  write(`${at}/dev.tfvars`, 'region = "north"\n');
  write(".gitignore", "*.tfvars\n.terraform/\n");
  execFileSync("git", ["init", "--quiet"], { cwd: top });
  execFileSync("git", ["add", "--all"], { cwd: top });
  return { top, write };
}

const statusOf = (top: string) => execFileSync("git", ["status", "--short"], { cwd: top, encoding: "utf8" });

interface Place {
  readonly world: RealWorld;
  readonly clone: Clone;
  /** The command's stdout. @throws where it fails. */
  readonly works: (...args: readonly string[]) => Promise<string>;
}

async function start(top: string, engine: string, more = ""): Promise<Place> {
  const world = await open({
    more: `  folders:\n    edge: {path: ${join(top, at)}, environments: [dev], var_files: [dev.tfvars]}\n${more}`,
  });
  const clone = new Clone(
    world.clone.config,
    { ...world.clone.environment, FLYWHEEL_ENGINE: engine },
    temporaryFolder(),
  );
  const works = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await clone.flywheel(...args);
    if (code !== 0) throw new Error(`flywheel ${args.join(" ")}: ${String(code)}\n${stdout}\n${stderr}`);
    return stdout;
  };
  return { world, clone, works };
}

const [first] = findEngines();

it("is registered, checked, applied, moved there and back, backed up, and run by its own engine as before", async () => {
  const engine = first?.path ?? "";
  const { recipient, file: identity } = await keyPair();
  const backups = temporaryFolder();
  const { top, write } = overlay();
  const before = statusOf(top);
  const { world, clone, works } = await start(
    top,
    engine,
    `  backup: {target: {directory: ${backups}}, recipients: [${recipient}]}\n`,
  );
  await works("register", "edge", "--new");
  await works("apply", "edge", "--auto-approve");
  const checked = await works("check", "edge");
  expect(checked).toMatch(/ok +edge: folder .*in the worktree/);
  expect(checked).toMatch(/note +edge: addresses .*not checked/);
  expect(await works("cutover", "edge", "--to", "s3")).toMatch(/not compared.*flywheel plan edge/);
  expect(await works("plan", "edge")).toMatch(/on the live state, serial 1, at s3:[^]*No changes/);
  expect(await works("status", "edge")).toMatch(/edge +s3 /);
  expect(await works("history", "edge")).toMatch(/serial/);
  await works("backup", "edge");
  expect(await works("restore-drill", "edge", "--identity", identity)).toMatch(/not planned/);
  await works("cutover", "edge", "--to", "http");
  expect(await works("plan", "edge")).toMatch(/No changes/);
  // What git ignores and nobody named would count for the engine, and not for us.
  write(`${at}/terraform.tfvars`, 'region = "south"\n');
  expect(await clone.flywheel("plan", "edge")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/terraform\.tfvars/),
  });
  rmSync(join(top, at, "terraform.tfvars"));
  // The folder was only read.
  expect(statusOf(top)).toBe(before);
  expect(existsSync(join(top, at, ".terraform"))).toBe(false);

  const address = `${world.url}/state/edge-dev`;
  const env = {
    ...clone.environment,
    TF_HTTP_ADDRESS: address,
    TF_HTTP_LOCK_ADDRESS: `${address}/lock`,
    TF_HTTP_UNLOCK_ADDRESS: `${address}/lock`,
    TF_HTTP_LOCK_METHOD: "POST",
    TF_HTTP_UNLOCK_METHOD: "DELETE",
  };
  const plain = (...args: readonly string[]) => run(engine, args, join(top, at), env);
  expect(await plain("init", "-input=false", "-no-color")).toMatchObject({ code: 0 });
  expect(await plain("plan", "-input=false", "-no-color", "-detailed-exitcode", "-var-file=dev.tfvars")).toMatchObject({
    code: 0,
  });
});

describe.each(findEngines().map(({ name, path }) => [name, path] as const))("with %s", (_name, engine) => {
  it("is planned where the configuration says, whatever backend its HCL has", async () => {
    const { top, write } = overlay('backend "gcs" { bucket = "elsewhere" }');
    const { clone, works } = await start(top, engine);
    await works("register", "edge", "--new");
    const main = join(top, at, "main.tf");
    const text = readFileSync(main, "utf8");
    writeFileSync(
      main,
      text.replace(/backend .*/, 'cloud {\n  organization = "x"\n  workspaces {\n    name = "y"\n  }\n}'),
    );
    expect(await works("plan", "edge", "--auto-approve")).toMatch(/1 to add/);
    writeFileSync(main, text);
    // The last override has the last word in an engine: one that comes after ours is found out.
    write(`${at}/zz_override.tf`, 'terraform {\n  backend "local" {}\n}\n');
    expect(await clone.flywheel("plan", "edge", "--auto-approve")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/took another backend than the configuration's: local/),
    });
    rmSync(join(top, at, "zz_override.tf"));
    expect(await works("plan", "edge", "--auto-approve")).toMatch(/1 to add/);
  });
});
