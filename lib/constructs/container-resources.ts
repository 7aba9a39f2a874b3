/** What a container asks for and may use at most, as Kubernetes quantities. */
export interface ContainerResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
}

type ResourceSettings<P extends string> = Readonly<
  Record<`${P}cpu_request` | `${P}memory_request` | `${P}cpu_limit` | `${P}memory_limit`, string>
>;

/** The resources that settings give under a common prefix: `nix_cpu_request` and its three companions for `nix_`. */
export function resourcesOf<P extends string>(settings: ResourceSettings<P>, prefix: P): ContainerResources {
  return {
    requests: { cpu: settings[`${prefix}cpu_request`], memory: settings[`${prefix}memory_request`] },
    limits: { cpu: settings[`${prefix}cpu_limit`], memory: settings[`${prefix}memory_limit`] },
  };
}
