/** Taints that pods put up with, as Kubernetes writes them. */
type Tolerations = readonly Readonly<Record<string, unknown>>[];

/** Where the pods of a runner set may run; what is empty is left out. */
export interface ArcPlacement {
  readonly runners: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: Tolerations;
    readonly affinity: Readonly<Record<string, unknown>>;
  };
  readonly listener: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: Tolerations;
  };
}

/** The part of the runners' pod. */
export function runnerPlacement({ runners }: ArcPlacement): object {
  return withoutEmpty({ ...runners });
}

/** The chart's listenerTemplate; without a placement there is none. The chart merges it by the container's name. */
export function listenerTemplate({ listener }: ArcPlacement): object {
  const placement = withoutEmpty({ ...listener });
  if (Object.keys(placement).length === 0) return {};
  return { listenerTemplate: { spec: { containers: [{ name: "listener" }], ...placement } } };
}

function withoutEmpty(parts: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0));
}
