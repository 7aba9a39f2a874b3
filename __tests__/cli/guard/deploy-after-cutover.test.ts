import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { Clone } from "../../authority/cutover/real";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { run } from "../../authority/programs";
import { temporaryFolder } from "../../authority/support";
import { findEngine } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";

/** The unmodified `cdktf deploy`, in one checkout whose data folder says where the state was before each cutover. */
jest.setTimeout(4 * 60_000);

const open = worldsOverMinio();
const replay = replayedProviders();

/** Which place the engine of the stack in `folder` was initialized for. */
function initializedFor(folder: string): unknown {
  const file = join(folder, "cdktf.out", "stacks", "arc-runners", ".terraform", "terraform.tfstate");
  const { type, config } = (
    JSON.parse(readFileSync(file, "utf8")) as {
      backend: { type: string; config: { address?: string; key?: string } };
    }
  ).backend;
  return { type, place: config.address ?? config.key };
}

it("deploys from the new place after a cutover to s3, back to http, and to another key", async () => {
  const world = await open();
  const folder = temporaryFolder();
  const app = `"${process.execPath}" "${join(repositoryRoot, "bin/synth.cjs")}"`;
  writeFileSync(
    join(folder, "cdktf.json"),
    JSON.stringify({ language: "typescript", app, projectId: "test", sendCrashReports: "false" }),
  );
  const clone = new Clone(
    world.clone.config,
    {
      ...world.clone.environment,
      FLYWHEEL_ENGINE: findEngine().path,
      FLYWHEEL_REPLAY: "1",
      TERRAFORM_BINARY_NAME: join(repositoryRoot, "bin/engine"),
      TF_REATTACH_PROVIDERS: replay.reattach,
      DISABLE_VERSION_CHECK: "1",
      CI: "1",
      NO_COLOR: "1",
    },
    folder,
  );
  const cdktf = join(repositoryRoot, "node_modules", ".bin", "cdktf");
  // Without a registry providers cannot be locked.
  const deploy = () =>
    run(cdktf, ["deploy", "arc-runners", "--auto-approve", "--skip-provider-lock"], folder, {
      ...clone.environment,
      FLYWHEEL_CONFIG_DIR: clone.config,
    });
  const cutover = (side: string) => clone.flywheel("cutover", "arc-runners", "--to", side);

  expect(await deploy()).toMatchObject({ code: 0, output: expect.stringContaining("Apply complete!") });
  expect(await clone.flywheel("register", "arc-runners")).toMatchObject({ code: 0 });
  const left = { type: "http", place: world.address };
  expect(initializedFor(folder)).toEqual(left);

  expect(await cutover("s3")).toMatchObject({ code: 0 });
  expect(initializedFor(folder)).toEqual(left);
  const unchanged = { code: 0, output: expect.stringContaining("No changes.") };
  expect(await deploy()).toMatchObject(unchanged);
  expect(initializedFor(folder)).toEqual({ type: "s3", place: world.key });

  // To another key: by the other side.
  expect(await cutover("http")).toMatchObject({ code: 0 });
  writeFileSync(clone.organizationFile, clone.organization.replace(/key: "(.*)"/, 'key: "$1/moved"'));
  expect(await cutover("s3")).toMatchObject({ code: 0 });
  expect(initializedFor(folder)).toEqual({ type: "s3", place: world.key });
  expect(await deploy()).toMatchObject(unchanged);
  expect(initializedFor(folder)).toEqual({ type: "s3", place: `${world.key}/moved` });
  expect(clone.entry).toMatchObject({ backend: "s3", generation: 4 });
});
