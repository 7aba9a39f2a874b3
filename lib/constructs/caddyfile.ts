export type CaddyMode = "passthrough" | "mtls_only" | "tailscale_only" | "mtls_and_tailscale";

export interface CaddyfileProps {
  readonly mode: CaddyMode;
  /** Where Caddy listens. */
  readonly port: number;
  /** Where the dashboard listens, in the same pod. */
  readonly backendPort: number;
  /** Caddy's mode of client authentication; used by the mTLS modes. */
  readonly clientAuthMode: string;
  /** Name on the tailnet; used by the Tailscale modes. */
  readonly tailscaleHostname: string;
}

/** A directive, or a directive with a block. */
type Directive = string | { readonly [head: string]: readonly Directive[] };

/** Headers by which the dashboard knows its user: only this proxy may set them. */
const identityHeaders = ["X-Webauth-User", "X-Webauth-Email"];

/**
 * The Caddyfile of the side-car. Identity headers that a client sends are dropped in every mode, so that
 * `trust_proxy_headers` trusts the proxy and nobody else.
 * Syntax: https://caddyserver.com/docs/caddyfile, https://github.com/tailscale/caddy-tailscale.
 */
export function caddyfile(props: CaddyfileProps): string {
  const mtls = props.mode === "mtls_only" || props.mode === "mtls_and_tailscale";
  const tailscale = props.mode === "tailscale_only" || props.mode === "mtls_and_tailscale";

  const identity: Record<string, string> = mtls
    ? {
        "X-Client-Cert-CN": "{tls_client_subject}",
        "X-Client-Cert-Fingerprint": "{tls_client_fingerprint}",
        "X-Webauth-User": "{tls_client_subject}",
        ...(tailscale ? { "X-Webauth-Email": "{http.auth.user.tailscale_user}" } : {}),
      }
    : tailscale
      ? { "X-Webauth-User": "{http.auth.user.tailscale_user}", "X-Webauth-Email": "{http.auth.user.tailscale_user}" }
      : {};
  const headers = [
    ...identityHeaders.filter((name) => !(name in identity)).map((name) => `header_up -${name}`),
    ...Object.entries(identity).map(([name, value]) => `header_up ${name} ${value}`),
  ];

  const proxy: Directive = { [`reverse_proxy localhost:${props.backendPort}`]: headers };
  const clientAuth: Directive = {
    tls: [{ client_auth: [`mode ${props.clientAuthMode}`, "trust_pool file /etc/caddy/mtls/ca.pem"] }],
  };
  // A route keeps its order, so that the user is known before the request is passed on.
  const handlers: Directive[] = tailscale ? [{ route: ["tailscale_auth", proxy] }] : [proxy];
  const site: Directive[] = [
    ...(tailscale ? [`bind tailscale/${props.tailscaleHostname}`] : []),
    ...(mtls ? [clientAuth] : []),
    ...handlers,
  ];
  const global: Directive[] = tailscale ? [{ "": [{ tailscale: ["auth_key {env.TS_AUTHKEY}"] }] }] : [];
  return render([...global, { [`:${props.port}`]: site }], "");
}

function render(directives: readonly Directive[], indent: string): string {
  return directives
    .flatMap((directive) => {
      if (typeof directive === "string") return `${indent}${directive}\n`;
      return Object.entries(directive).map(
        ([head, block]) => `${indent}${head === "" ? "{" : `${head} {`}\n${render(block, `${indent}\t`)}${indent}}\n`,
      );
    })
    .join("");
}
