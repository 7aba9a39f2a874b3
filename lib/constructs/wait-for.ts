/** A container that lets the pod's others start only when something answers. */
export interface InitContainer {
  readonly name: string;
  readonly image: string;
  readonly command: string[];
  readonly args: string[];
}

/** Waits until `host` takes TCP connections on `port`. For as long as it takes: the pod shows what it waits for. */
export function waitFor(what: string, image: string, host: string, port: number): InitContainer {
  return {
    name: `wait-for-${what}`,
    image,
    command: ["/bin/sh", "-c"],
    args: [`until nc -z ${host} ${port}; do echo "waiting for ${host}:${port}"; sleep 5; done`],
  };
}
