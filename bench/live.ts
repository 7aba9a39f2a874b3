import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { startMinio } from "../lab/s3/minio";
import { resolveContracts } from "../lib/backend/resolve";
import { loadConfiguration } from "../lib/config/load";
import { repositoryRoot } from "../lib/root";
import { synthesize } from "../stacks/synth";
import { type Command } from "./measure";
import { type Wanted } from "./report";
import { accessTo, startServe, writeOrganization } from "./serve";

/** Rows of commands where states live, and what ends the servers that they need. */
export interface Live {
  readonly rows: readonly (Wanted & { readonly command: Command })[];
  readonly stop: () => Promise<void>;
}

const planned = "arc-runners";

/**
 * What a check and a plan cost where the states live: on `flywheel serve` over MinIO, with replayed providers. `variables` are what engines
 * are given besides: the providers and the secrets.
 */
export async function liveRows(folder: string, engine: string, variables: NodeJS.ProcessEnv): Promise<Live> {
  const bucket = await startMinio();
  const config = join(folder, "live", "config");
  mkdirSync(config, { recursive: true });
  cpSync(join(repositoryRoot, "config", "environments"), join(config, "environments"), { recursive: true });
  writeOrganization(config, bucket, ["dev", "prod"]);
  const server = await startServe(config, bucket);
  const env = {
    ...accessTo(bucket),
    ...variables,
    FLYWHEEL_CONFIG_DIR: config,
    FLYWHEEL_ENGINE: engine,
    FLYWHEEL_REPLAY: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const configuration = loadConfiguration(config);
  const contracts = await resolveContracts(configuration, configuration.stacks, env);
  const out = join(folder, "live", "out");
  synthesize({ configuration, stacks: configuration.stacks, contracts, folder: out });
  const flywheel = (name: string, ...args: readonly string[]): Command => ({
    name,
    program: process.execPath,
    args: [join(repositoryRoot, "bin", "flywheel"), ...args],
    cwd: join(folder, "live"),
    env,
  });
  const alone = `init and plan, ${planned}`;
  const one = "check, 1 stack";
  return {
    rows: [
      {
        command: {
          name: alone,
          program: "/bin/sh",
          args: ["-c", '"$FLYWHEEL_ENGINE" init -input=false && "$FLYWHEEL_ENGINE" plan -input=false -out=plan'],
          cwd: join(out, "stacks", planned),
          env,
        },
      },
      { command: flywheel(`flywheel plan ${planned}`, "plan", planned), over: alone, aim: "1.3 x" },
      { command: flywheel(one, "check", planned) },
      { command: flywheel(`check, ${configuration.stacks.length} stacks`, "check"), over: one, aim: "1.5 x" },
    ],
    stop: async () => {
      await server.stop();
      await bucket.stop();
    },
  };
}
