import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { send, temporaryFolder } from "../../authority/support";
import { Clone, type RealWorld } from "../../authority/cutover/real";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { findEngines } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";

/** `flywheel plan` and `flywheel apply` as typed: the engine, the backend and the locks are real, the providers are replayed from outside. */
jest.setTimeout(6 * 60_000);

const canary = "c4n4ry-token-of-ghcr";
const open = worldsOverMinio();
const replay = replayedProviders();

/** A folder to work in, and the command in it. */
async function start(engine: string): Promise<{ world: RealWorld; folder: string; flywheel: Clone["flywheel"] }> {
  const world = await open();
  const folder = temporaryFolder();
  writeFileSync(
    join(world.clone.config, "environments", "dev", "arc-runners.yaml"),
    "github_config_url: https://github.com/x\nghcr_username: x\nsecrets: [ghcr_token]\n",
  );
  const env = {
    ...world.clone.environment,
    FLYWHEEL_ENGINE: engine,
    FLYWHEEL_REPLAY: "1",
    TF_REATTACH_PROVIDERS: replay.reattach,
    TF_VAR_ghcr_token: canary,
  };
  const clone = new Clone(world.clone.config, env, folder);
  return { world, folder, flywheel: (...args) => clone.flywheel(...args) };
}

const firstLine = ({ stdout }: { readonly stdout: string }) => stdout.split("\n")[0];

describe.each(findEngines().map(({ name, path }) => [name, path] as const))("with %s", (_name, engine) => {
  it("plans, applies that plan, and plans nothing then", async () => {
    const { world, folder, flywheel } = await start(engine);
    const planned = await flywheel("plan", "arc-runners");
    expect(planned).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Plan: \d+ to add, 0 to change, 0 to destroy/),
    });
    expect(firstLine(planned)).toMatch(/^arc-runners: by replay, planned by \w+, from no state: everything is new$/);
    expect((await world.get()).status).toBe(404);
    const file = join(folder, "cdktf.out", "stacks", "arc-runners", "flywheel.plan");
    expect(statSync(file).mode & 0o777).toBe(0o600);

    expect(await flywheel("apply", "arc-runners")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--auto-approve/),
    });
    const applied = await flywheel("apply", "arc-runners", "--auto-approve");
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/Apply complete/) });
    const again = await flywheel("plan", "arc-runners");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/No changes/) });
    expect(firstLine(again)).toMatch(
      /^arc-runners: by replay, planned by \w+, on the live state, serial \d+, at https?:/,
    );
    // No terminal, no colour.
    for (const { stdout, stderr } of [planned, applied])
      expect(stdout + stderr).not.toMatch(new RegExp(`${canary}|\u001B\\[`));
  });

  it("--json is one document of what the plan does, and where the cluster has drifted", async () => {
    const { world, flywheel } = await start(engine);
    const first = await flywheel("plan", "arc-runners", "--json");
    expect(first.code).toBe(0);
    const document = JSON.parse(first.stdout) as { actions: readonly { address: string; action: string }[] };
    expect(document).toMatchObject({ ok: true, replay: true, planned_on: null });
    expect(document).toMatchObject({ id: "arc-runners", summary: { change: 0, destroy: 0 }, drift: [] });
    expect(document.actions).toContainEqual({ action: "add", address: "helm_release.controller" });
    expect(first.stdout + first.stderr).not.toContain(canary);

    expect(await flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({ code: 0 });
    expect(JSON.parse((await flywheel("plan", "arc-runners", "--json")).stdout)).toEqual({
      ok: true,
      id: "arc-runners",
      replay: true,
      engine,
      planned_on: {
        name: "the live state",
        serial: expect.any(Number),
        place: expect.stringContaining("arc-runners-dev"),
      },
      summary: { add: 0, change: 0, destroy: 0, replace: 0, moved: 0, forget: 0, import: 0 },
      actions: [],
      drift: [],
    });
    expect(
      await send("POST", `${world.address}/lock`, { auth: "ann:secret", body: '{"ID":"apply","Who":"ci@runner-7"}' }),
    ).toMatchObject({ status: 200 });
    const locked = await flywheel("plan", "arc-runners", "--json");
    expect(locked.code).toBe(1);
    expect(JSON.parse(locked.stdout)).toMatchObject({ ok: false });
  });
});
