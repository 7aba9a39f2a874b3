/** Reads states through the HTTP door, for the demo's table. */
export class HttpStateDoor {
  constructor(
    private readonly url: string,
    private readonly credentials: { readonly TF_HTTP_USERNAME: string; readonly TF_HTTP_PASSWORD: string },
  ) {}

  /** How many managed resources a state holds, its serial, and where it was read. */
  async describe(name: string): Promise<{ resources: number; serial: number; address: string }> {
    const address = `${this.url}/state/${name}`;
    const { TF_HTTP_USERNAME: user, TF_HTTP_PASSWORD: password } = this.credentials;
    const response = await fetch(address, { headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` } });
    // The state format of our own server, which checked it when it was written.
    const state = (await response.json()) as { serial: number; resources: readonly { mode: string; instances: readonly unknown[] }[] };
    const resources = state.resources.filter(({ mode }) => mode === "managed").reduce((sum, { instances }) => sum + instances.length, 0);
    return { resources, serial: state.serial, address };
  }
}
