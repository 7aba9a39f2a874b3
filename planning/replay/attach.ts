import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

import { UserError } from "../../lib/errors";
import { startReplay } from "./server";

const NOTICE = "replay: the providers are replayed from recorded schemas; nothing outside the state is changed\n";

/** A kubeconfig without clusters: what bypasses the providers (kubectl in a provisioner, say) finds nothing to talk to. */
const EMPTY_KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n";

/**
 * Runs something with replayed providers. `run` gets the variables to add to an engine's environment: the providers to attach,
 * FLYWHEEL_REPLAY=1 for our own provisioners, and a kubeconfig without clusters. The server is closed afterwards, come what may.
 */
export async function withReplay<T>(run: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const server = await startReplay();
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
 * ended it (130 for an interrupt). Says on stderr that it is a replay.
 */
export async function runReplay(command: readonly string[], cwd: string): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw new UserError({
      code: "no-command",
      what: "there is no command to run with replayed providers",
      remedy: "flywheel replay -- terraform plan",
    });
  }
  process.stderr.write(NOTICE);
  return withReplay((env) => runCommand(program, args, cwd, { ...process.env, ...env }));
}

function runCommand(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: "inherit" });
    let signalled: NodeJS.Signals | undefined;
    // A terminal interrupts the whole process group, so the engine has it already and ends in its own time; we outlive it.
    const wait = (): void => void (signalled = "SIGINT");
    // Whoever ends us by our process id means the engine as well.
    const pass = (): void => {
      signalled = "SIGTERM";
      child.kill("SIGTERM");
    };
    process.on("SIGINT", wait).on("SIGTERM", pass);
    const done = (): void => void process.off("SIGINT", wait).off("SIGTERM", pass);
    child.on("error", (error) => {
      done();
      reject(
        new UserError({
          code: "command-not-run",
          what: `cannot run ${program}: ${error.message}`,
          remedy: "flywheel replay -- terraform plan",
        }),
      );
    });
    child.on("exit", (code, signal) => {
      done();
      const by = signal ?? signalled;
      resolve(by === undefined ? (code ?? 1) : 128 + constants.signals[by]);
    });
  });
}
