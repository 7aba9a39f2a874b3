import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOutside } from "../../../planning/replay/outside";
import { startReplay } from "../../../planning/replay/server";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { openRoom } from "../../planning/bundle/room";
import { findEngine } from "../../support/engines";
import { cloneOfProgram, runStep, temporaryFolder } from "./clone";
import { FakeGitHub } from "./fake-github";
import { readWorkflow, type Step } from "./workflow";

/**
 * The very shell of drift.yml's two steps, one after the other, against a real engine, `flywheel serve` and MinIO. What somebody changed by
 * hand is an input of the replayed providers: nobody looks at an object.
 */
jest.setTimeout(15 * 60_000);

const { workflow } = readWorkflow(".github/workflows/drift.yml");
const token = "ghs_c4n4ry";
const github = new FakeGitHub("acme/infra", token, []);
const open = worldsOverMinio();
const outside = join(temporaryFolder(), "outside.yaml");
const says = (...changes: readonly string[]) => writeFileSync(outside, `outside: [${changes.join(", ")}]\n`);

function stepOf(name: string): Step {
  const step = workflow.jobs["drift"]?.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
}

it("finds what was changed by hand, and has one issue opened, updated, and closed when it is gone", async () => {
  says();
  const replay = await startReplay({ outside: () => readOutside(outside) });
  const api = await github.listen();
  const room = await openRoom(await open({ store: "s3" }), replay.reattach, findEngine().path);
  const clone = cloneOfProgram();
  try {
    expect(await room.flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({ code: 0 });
    const { TF_HTTP_USERNAME = "", TF_HTTP_PASSWORD = "", TF_VAR_ghcr_token = "" } = room.clone.environment;
    const report = ".flywheel/drift.json";
    const shared = { GITHUB_ACTIONS: "true", FLYWHEEL_CONFIG_DIR: room.clone.config };
    const run = async () => {
      const looked = await runStep(stepOf("Drift"), clone, {
        ...shared,
        STACK: "arc-runners",
        OUT: report,
        FLYWHEEL_ENGINE: findEngine().path,
        FLYWHEEL_REPLAY: "1",
        TF_REATTACH_PROVIDERS: replay.reattach,
        FLYWHEEL_SECRETS: JSON.stringify({
          ...room.world.minio.environment,
          TF_HTTP_USERNAME,
          TF_HTTP_PASSWORD,
          TF_VAR_ghcr_token,
        }),
      });
      const told = await runStep(stepOf("Issue"), clone, {
        ...shared,
        REPORT: report,
        GITHUB_API_URL: api,
        GITHUB_REPOSITORY: "acme/infra",
        GITHUB_TOKEN: token,
      });
      expect([looked.code, told.code]).toEqual([0, 0]);
      return { looked: looked.output, told: told.output };
    };
    const controller = "{type: helm_release, id: arc-controller, gone: true}";

    says(controller);
    const first = await run();
    expect(first.looked).toContain("is gone outside, as it was told");
    expect(first).toMatchObject({
      looked: expect.stringContaining("drifted: helm_release.controller") as unknown,
      told: "arc-runners: opened\n",
    });
    says(controller, '{type: kubernetes_namespace_v1, id: arc-runners, attributes: {"metadata[0].labels.by": hand}}');
    expect(await run()).toMatchObject({ told: "arc-runners: updated\n" });
    expect(github.issues).toMatchObject([{ title: "drift: arc-runners", state: "open" }]);
    expect(github.issues[0]?.body).toContain("2 of arc-runners are not as the state has it");
    says();
    expect(await run()).toMatchObject({
      looked: expect.stringContaining("arc-runners: no drift") as unknown,
      told: "arc-runners: closed\n",
    });
    expect(github.issues).toMatchObject([{ state: "closed" }]);
  } finally {
    github.close();
    await replay.close();
  }
});
