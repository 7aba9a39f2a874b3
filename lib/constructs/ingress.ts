import { IngressV1, type IngressV1Metadata } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import { type Construct } from "constructs";

export interface IngressProps {
  readonly metadata: IngressV1Metadata & { readonly name: string };
  readonly className: string;
  readonly host: string;
  /** Whether the host's certificate lies in the secret `<name>-tls`. */
  readonly tls: boolean;
  /** Name of the service behind it. */
  readonly service: string;
  readonly port: number;
}

/** An ingress of one host, whose every path goes to one port of one service. */
export function ingress(scope: Construct, { metadata, className, host, tls, service, port }: IngressProps): IngressV1 {
  const backend = { service: { name: service, port: { number: port } } };
  return new IngressV1(scope, "ingress", {
    metadata,
    spec: {
      ingressClassName: className,
      tls: tls ? [{ hosts: [host], secretName: `${metadata.name}-tls` }] : [],
      rule: [{ host, http: { path: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  });
}
