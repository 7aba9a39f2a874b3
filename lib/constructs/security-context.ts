/** A container that gains no privilege, has no capability and writes to its volumes only. */
export const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** A pod whose processes, and the files on its volumes, belong to user 1000 and never to root. */
export const asUser1000 = { runAsNonRoot: true, runAsUser: "1000", runAsGroup: "1000", fsGroup: "1000" };

/** What the strictest of Kubernetes' own standards asks of a container. */
export const restrictedFully = { ...restricted, runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** Our image's own user has no name and no right. */
const flywheelUser = "65532";

/** What every pod of our image has: no root, no token of the API server, no link of every service in its environment. */
export function flywheelPod(props: {
  readonly imagePullSecrets: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
}) {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })),
    nodeSelector: { ...props.nodeSelector },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: flywheelUser,
      runAsGroup: flywheelUser,
      fsGroup: flywheelUser,
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/** The one place that a container with a read-only root may write to. */
export const scratchMount = { name: "tmp", mountPath: "/tmp" };
export const scratchVolume = { name: "tmp", emptyDir: { sizeLimit: "256Mi" } };
