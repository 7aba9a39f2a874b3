import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { Clone, type Outcome, type RealWorld } from "../../authority/cutover/real";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { temporaryFolder } from "../../authority/support";
import { ReplayedProvider } from "../../../planning/replay/provider";
import { replayedProviders } from "../../support/replayed-providers";

/** The secret that no file but an encrypted one may hold. */
export const canary = "c4n4ry-token-of-ghcr";

/** One stack on `flywheel serve` over MinIO, and who may open its plans. */
export interface Room {
  readonly world: RealWorld;
  /** Where commands are typed, and bundles lie. */
  readonly folder: string;
  readonly identity: string;
  readonly clone: Clone;
  flywheel(...args: readonly string[]): Promise<Outcome>;
  /** Somebody else's machine: the same configuration, another folder. */
  other(extra?: NodeJS.ProcessEnv): Clone;
  settings(text: string): void;
}

/** An engine at whose apply something happens to the real one. */
export function troubled(engine: string, apply: string): string {
  const file = join(temporaryFolder(), "engine");
  writeFileSync(file, `#!/bin/bash\ncase "$*" in apply*flywheel.plan)\n${apply}\nesac\nexec "${engine}" "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

/**
 * Kills this process, the state's server, when a replayed provider is next asked to apply: the engine has the lock by then, and has saved
 * nothing. Before its answer, so that no engine is fast enough.
 */
export function loseAtApply(server: number | undefined): void {
  if (server === undefined) throw new Error("the server has no process");
  const spy = jest.spyOn(ReplayedProvider.prototype, "apply").mockImplementation(function (
    this: ReplayedProvider,
    request,
  ) {
    spy.mockRestore();
    process.kill(server, "SIGKILL");
    return this.apply(request);
  });
}

const least = "github_config_url: https://github.com/x\nghcr_username: x\nsecrets: [ghcr_token]\n";

/** Rooms over one MinIO and one replay of a test file. */
export function rooms(): (engine: string) => Promise<Room> {
  const open = worldsOverMinio();
  const replay = replayedProviders();
  return async (engine) => openRoom(await open({ store: "s3" }), replay.reattach, engine);
}

/** A room in this world, with providers replayed by whoever is attached. */
export async function openRoom(world: RealWorld, reattach: string, engine: string): Promise<Room> {
  const folder = temporaryFolder();
  const secret = await generateIdentity();
  const identity = join(folder, "plans.key");
  writeFileSync(identity, `${secret}\n`, { mode: 0o600 });
  appendFileSync(world.clone.organizationFile, `  plan: {recipients: [${await identityToRecipient(secret)}]}\n`);
  const env = {
    ...world.clone.environment,
    FLYWHEEL_ENGINE: engine,
    FLYWHEEL_REPLAY: "1",
    TF_REATTACH_PROVIDERS: reattach,
    TF_VAR_ghcr_token: canary,
  };
  const clone = new Clone(world.clone.config, env, folder);
  const settings = (text: string) =>
    writeFileSync(join(clone.config, "environments", "dev", "arc-runners.yaml"), least + text);
  settings("");
  return {
    world,
    folder,
    identity,
    clone,
    settings,
    flywheel: (...args) => clone.flywheel(...args),
    other: (extra = {}) => {
      const elsewhere = join(temporaryFolder(), "work");
      mkdirSync(elsewhere);
      return new Clone(clone.config, { ...env, ...extra }, elsewhere);
    },
  };
}
