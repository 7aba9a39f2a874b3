/** A volume that comes and goes with one runner: Kubernetes' generic ephemeral volume. */
export interface ArcRunnerVolume {
  /** What the runner keeps there: its Nix store and root, its work folder, its cache. */
  readonly of: "root" | "work" | "cache";
  readonly storageClass: string;
  readonly size: string;
}

/** The chart makes a work volume of its own in kubernetes mode, unless there is one named `work`. */
const names = { root: "nix-root", work: "work", cache: "nix-cache" } as const;

const paths = { root: "/nix", work: "/home/runner/_work", cache: "/home/runner/.cache" } as const;

/** The parts of a pod for a runner's volumes: its volumes, the mounts in the runner's container, and what fills them first. */
export function runnerVolumes(
  volumes: readonly ArcRunnerVolume[],
  image: string,
): {
  readonly mounts: readonly object[];
  readonly volumes?: readonly object[];
  readonly initContainers?: readonly object[];
} {
  if (volumes.length === 0) return { mounts: [] };
  return {
    mounts: volumes.map(({ of }) => ({ name: names[of], mountPath: paths[of] })),
    volumes: volumes.map(volume),
    ...(volumes.some(({ of }) => of === "root") ? { initContainers: [fillRoot(image)] } : {}),
  };
}

function volume({ of, storageClass, size }: ArcRunnerVolume): object {
  return {
    name: names[of],
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: storageClass,
          resources: { requests: { storage: size } },
        },
      },
    },
  };
}

/** An empty volume over /nix would hide what the image has there. */
function fillRoot(image: string): object {
  return {
    name: "fill-nix-root",
    image,
    command: ["/bin/sh", "-c", "if [ -d /nix ]; then cp -a /nix/. /nix-root/; fi"],
    volumeMounts: [{ name: names.root, mountPath: "/nix-root" }],
  };
}
