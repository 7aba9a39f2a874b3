import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReplay } from "../../../planning/replay/server";
import { temporaryFolder, until } from "../support";
import { findEngine, findEngines } from "../../support/engines";
import { type Clone, type RealWorld } from "./real";
import { worldsOverMinio } from "./worlds";

/** `cutover --real-plan`: the engine with whatever providers the operator's environment leads to. */
jest.setTimeout(6 * 60_000);

const open = worldsOverMinio();

/** A registered state at serial 3, and a clone of its own: with a temporary folder that has to be empty afterwards. */
async function start(environment: NodeJS.ProcessEnv): Promise<{ world: RealWorld; clone: Clone; temporary: string }> {
  const world = await open();
  await world.put(3);
  expect(await world.clone.flywheel("register", "arc-runners")).toMatchObject({ code: 0 });
  const temporary = join(temporaryFolder(), "tmp");
  mkdirSync(temporary);
  return { world, clone: world.clone.copy({ TMPDIR: temporary, ...environment }), temporary };
}

const move = ["cutover", "arc-runners", "--to", "s3", "--real-plan"];

/** Nothing was moved, nothing is locked, nothing is left. */
async function expectUntouched({ world, clone, temporary }: Awaited<ReturnType<typeof start>>): Promise<void> {
  expect(clone.entry).toMatchObject({ backend: "http", serial: 3 });
  expect(await world.inBucket((_state, store) => store.read(`${world.key}.cutover`))).toBeUndefined();
  expect(readdirSync(temporary)).toEqual([]);
  await world.put(4);
}

function listSecret(clone: Clone): void {
  writeFileSync(
    join(clone.config, "environments", "dev", "arc-runners.yaml"),
    "github_config_url: https://github.com/x\nghcr_username: x\nsecrets: [ghcr_token]\n",
  );
}

/** An engine of the test's own: it writes down what it is run with, and answers what the test put there. */
function recordingEngine(script: string): { engine: string; calls: () => string; folder: string } {
  const folder = temporaryFolder();
  const engine = join(folder, "tofu");
  writeFileSync(
    engine,
    `#!/bin/sh\nHERE="${folder}"\n[ -f main.tf.json ] && exec "${findEngine().path}" "$@"\nprintf '%s|%s|%s|%s %s\\n' "$*" "$TF_VAR_ghcr_token" "$(env | grep -cE '^(FLYWHEEL_REPLAY|FLYWHEEL_SECRET_|TF_REATTACH|TF_LOG|TF_CLI_ARGS)')" "$(stat -c %a terraform.tfstate)" "$(stat -c %a ../../..)" >> "$HERE/calls"\n${script}\n`,
  );
  chmodSync(engine, 0o755);
  return {
    engine,
    folder,
    calls: () => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : ""),
  };
}

/** What `show` prints: one resource, with this done to it. */
function planWith(...actions: readonly string[]): string {
  return JSON.stringify({
    format_version: "1.2",
    resource_changes: [
      { address: "helm_release.controller", mode: "managed", type: "helm_release", change: { actions } },
    ],
  });
}

describe.each(findEngines())("with $name", ({ path }) => {
  it("plans before and after with the operator's own providers, and leaves nothing behind", async () => {
    // Ours to the test, the operator's to the command: it starts no replay of its own.
    const providers = await startReplay();
    try {
      const { clone, temporary } = await start({
        FLYWHEEL_ENGINE: path,
        TF_REATTACH_PROVIDERS: providers.reattach,
        FLYWHEEL_REPLAY: "1",
        TF_CLI_CONFIG_FILE: "/nonexistent",
      });
      const dry = await clone.flywheel(...move, "--dry-run");
      expect(dry).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /plan of arc-runners, by the real providers on the state's bytes, serial 3: \d+ add$/m,
        ),
      });
      const moved = await clone.flywheel(...move);
      expect(moved).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /plan of arc-runners, by the real providers on the state's bytes, serial 3: the same before and after \(\d+ add\)/,
        ),
      });
      expect(moved.stderr).toMatch(
        /plans arc-runners with the real providers, as it is now[^]*step 1 of 9[^]*after the move/,
      );
      expect(clone.entry).toMatchObject({ backend: "s3", serial: 3 });
      expect(readdirSync(temporary)).toEqual([]);
      expect(await clone.flywheel(...move)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/nothing to compare with/),
      });
    } finally {
      await providers.close();
    }
  });

  it("refuses before the move where providers cannot be had, in the engine's own words", async () => {
    const empty = temporaryFolder();
    writeFileSync(
      join(empty, "cli.tfrc"),
      `provider_installation {\n  filesystem_mirror {\n    path = "${empty}"\n  }\n}\n`,
    );
    const started = await start({ FLYWHEEL_ENGINE: path, TF_CLI_CONFIG_FILE: join(empty, "cli.tfrc") });
    const refused = await started.clone.flywheel(...move);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /this run has changed nothing\n +The engine said:[^]*hashicorp\/(helm|kubernetes)[^]*Without --real-plan/,
      ),
    });
    expect(JSON.parse((await started.clone.flywheel(...move, "--json")).stdout)).toMatchObject({
      ok: false,
      problems: [{ code: "no-real-plan" }],
    });
    await expectUntouched(started);
  });
});

it("needs the listed secrets: a placeholder would be planned as a change", async () => {
  const started = await start({ FLYWHEEL_ENGINE: findEngine().path });
  listSecret(started.clone);
  const refused = await started.clone.flywheel(...move);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no value here: ghcr_token[^]*TF_VAR_ghcr_token/),
  });
  await expectUntouched(started);
  expect(await started.clone.flywheel("cutover", "arc-runners", "--to", "s3", "--abort", "--real-plan")).toMatchObject({
    code: 2,
  });
});

it("gives a secret to the engine alone, keeps its files private, and masks what it says", async () => {
  const secret = "tok en/with=parts-of-it";
  const failing = recordingEngine(
    `[ "$1" = plan ] && { echo "│ Error: cannot log in with $TF_VAR_ghcr_token" >&2; exit 1; }\nexit 0`,
  );
  const started = await start({
    FLYWHEEL_ENGINE: failing.engine,
    FLYWHEEL_SECRET_ARC_RUNNERS__ghcr_token: secret,
    TF_LOG: "trace",
  });
  listSecret(started.clone);
  const refused = await started.clone.flywheel(...move);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/Error: cannot log in with \(sensitive\)/) });
  expect(refused.stderr + refused.stdout).not.toContain(secret);
  expect(failing.calls().split("\n").slice(0, 2)).toEqual([
    `init -input=false -no-color|${secret}|0|600 700`,
    `plan -input=false -lock=false -json -out=plan|${secret}|0|600 700`,
  ]);
  await expectUntouched(started);
});

it("tells a plan that became another one, and one that cannot be made any more: the move is complete", async () => {
  // Counts its plans: the second one differs.
  const changing = recordingEngine(
    `case "$1" in plan) echo x >> "$HERE/plans";; show) cat "$HERE/plan-$(wc -l < "$HERE/plans").json";; esac`,
  );
  writeFileSync(join(changing.folder, "plan-1.json"), planWith("no-op"));
  writeFileSync(join(changing.folder, "plan-2.json"), planWith("update"));
  const { clone, world } = await start({ FLYWHEEL_ENGINE: changing.engine });
  const moved = await clone.flywheel(...move);
  expect(moved).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/before:\nnone helm_release.controller\nafter:\nchange helm_release.controller/),
    stderr: expect.stringMatching(/the move itself is complete/),
  });
  expect(clone.entry).toMatchObject({ backend: "s3", serial: 3 });
  expect(await world.inBucket((state) => state.holder())).toBeUndefined();

  const dying = recordingEngine(
    `case "$1" in plan) echo x >> "$HERE/plans"; [ "$(wc -l < "$HERE/plans")" = 1 ] || { echo "Error: no route to cluster" >&2; exit 1; };; show) cat "$HERE/plan.json";; esac`,
  );
  writeFileSync(join(dying.folder, "plan.json"), planWith("no-op"));
  const back = await clone
    .copy({ FLYWHEEL_ENGINE: dying.engine })
    .flywheel("cutover", "arc-runners", "--to", "http", "--real-plan", "--json");
  expect(back).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no route to cluster[^]*the move itself is complete/),
  });
  expect(JSON.parse(back.stdout)).toMatchObject({ ok: false, moved: true, entry: { backend: "http" } });
});

it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing of an interrupted plan (%s)", async (signal) => {
  const hanging = recordingEngine(`[ "$1" = plan ] && { : > "$HERE/planning"; exec sleep 300; }\nexit 0`);
  const started = await start({ FLYWHEEL_ENGINE: hanging.engine });
  const { child, ended } = started.clone.start(...move);
  await until("the engine plans", () => existsSync(join(hanging.folder, "planning")));
  expect(readdirSync(started.temporary)).toHaveLength(1);
  child.kill(signal);
  expect((await ended).code).not.toBe(0);
  await expectUntouched(started);
});
