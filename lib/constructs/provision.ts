import { type LocalExecProvisioner } from "cdktf";
import { script } from "./script";

export interface ProvisionProps {
  /** A command of `scripts/provision.sh` with its arguments, as words of a shell. */
  readonly command: string;
  /** Environment of the command; secrets belong here, never in `command`. */
  readonly environment: Readonly<Record<string, string>>;
  /** @default create */
  readonly when?: "create" | "destroy";
}

/**
 * What the engine runs on its own machine. The script travels inside the synthesized JSON, so that the folder needs nothing
 * beside it, and in the environment, so that the engine's log shows the command and not the script. Under FLYWHEEL_REPLAY=1
 * it says what it would do and does nothing.
 */
export function provision({ command, environment, when }: ProvisionProps): LocalExecProvisioner {
  return {
    type: "local-exec",
    when,
    interpreter: ["/bin/sh", "-c"],
    command: `exec /bin/sh -c "$FLYWHEEL_PROVISION" provision ${command}`,
    environment: { ...environment, FLYWHEEL_PROVISION: script("provision") },
  };
}

/** The environment of commands that ask a cluster: the context and the kubeconfig that the providers use. */
export function clusterEnvironment(context: string): Record<string, string> {
  return { PROVISION_CONTEXT: context, PROVISION_KUBECONFIG: "${var.k8s_config_path}" };
}
