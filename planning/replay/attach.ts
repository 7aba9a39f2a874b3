import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { runChild } from "../../lib/child";
import { type RecordedProvider } from "./schema";
import { startReplay } from "./server";
import { noCommand } from "./refusals";

const NOTICE = "replay: the providers are replayed from recorded schemas; nothing outside the state is changed\n";

/** A kubeconfig without clusters: what bypasses the providers (kubectl in a provisioner, say) finds nothing to talk to. */
const EMPTY_KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n";

/**
 * Runs something with replayed providers. `run` gets the variables to add to an engine's environment: the providers to attach,
 * FLYWHEEL_REPLAY=1 for our own provisioners, and a kubeconfig without clusters. `providers` are those that are recorded, unless told. The server is closed afterwards, come what may.
 */
export async function withReplay<T>(
  run: (env: Record<string, string>) => Promise<T>,
  providers?: readonly RecordedProvider[],
): Promise<T> {
  const server = await startReplay(providers === undefined ? {} : { providers });
  try {
    const kubeconfig = join(server.folder, "kubeconfig");
    writeFileSync(kubeconfig, EMPTY_KUBECONFIG, { mode: 0o600 });
    return await run({
      TF_REATTACH_PROVIDERS: server.reattach,
      FLYWHEEL_REPLAY: "1",
      KUBECONFIG: kubeconfig,
      KUBE_CONFIG_PATH: kubeconfig,
    });
  } finally {
    await server.close();
  }
}

/**
 * Runs a command with replayed providers, on this terminal, and returns its exit code: 128 and the number of the signal where one
 * ended it. Says on stderr that it is a replay.
 * @throws Interrupted after a signal to us.
 */
export async function runReplay(command: readonly string[], cwd: string): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw noCommand();
  }
  process.stderr.write(NOTICE);
  return withReplay(async (env) => {
    const { exitCode } = await runChild({
      program,
      args,
      folder: cwd,
      env: { ...process.env, ...env },
      stdin: "ours",
      stdout: "to stdout",
      stderr: "to stderr",
    });
    return exitCode;
  });
}
