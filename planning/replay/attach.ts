import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { runChild } from "../../lib/child";
import { type RecordedProvider } from "./schema";
import { type OutsideChange, readOutside } from "./outside";
import { startReplay } from "./server";
import { noCommand } from "./refusals";

const NOTICE = "replay: the providers are replayed from recorded schemas; nothing outside the state is changed\n";

/** A kubeconfig without clusters: what bypasses the providers (kubectl in a provisioner, say) finds nothing to talk to. */
const EMPTY_KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n";

/**
 * Runs something with replayed providers. `run` gets the variables to add to an engine's environment: the providers to attach,
 * FLYWHEEL_REPLAY=1 for our own provisioners, and a kubeconfig without clusters. `providers` are those that are recorded, unless told; `outside` is what a refresh finds changed, nothing unless told. The server is closed afterwards, come what may.
 */
export async function withReplay<T>(
  run: (env: Record<string, string>) => Promise<T>,
  providers?: readonly RecordedProvider[],
  outside?: readonly OutsideChange[],
): Promise<T> {
  const server = await startReplay({
    ...(providers === undefined ? {} : { providers }),
    ...(outside === undefined ? {} : { outside: () => outside }),
  });
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
 * `outsideFile` says what a refresh finds changed.
 * @throws Interrupted after a signal to us.
 */
export async function runReplay(command: readonly string[], cwd: string, outsideFile?: string): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw noCommand();
  }
  const outside = outsideFile === undefined ? undefined : readOutside(outsideFile);
  process.stderr.write(NOTICE);
  if (outside !== undefined) process.stderr.write(outsideNotice(outside.length));
  return withReplay(
    async (env) => {
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
    },
    undefined,
    outside,
  );
}

/** Said before the engine begins: what it tells of drift then is no look at anything. */
const outsideNotice = (count: number) =>
  `replay: a refresh finds ${count} ${count === 1 ? "object" : "objects"} changed outside, as the given file says; nobody has looked\n`;
