import { ConfigMap } from "@cdktf/provider-kubernetes/lib/config-map";
import {
  type DeploymentSpecTemplateSpecContainer,
  type DeploymentSpecTemplateSpecContainerVolumeMount,
  type DeploymentSpecTemplateSpecVolume,
} from "@cdktf/provider-kubernetes/lib/deployment";
import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { type IResolvable, Token } from "cdktf";
import { Construct } from "constructs";
import { caddyfile, type CaddyMode } from "./caddyfile";
import { type ContainerResources } from "./container-resources";
import { literal } from "./escape";
import { movedFrom } from "./moved";
import { restricted } from "./security-context";
import { sensitive } from "./sensitive";

export interface CaddyProxyProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: CaddyMode;
  readonly image: string;
  readonly port: number;
  readonly backendPort: number;
  readonly clientAuthMode: string;
  readonly tailscaleHostname: string;
  readonly resources: ContainerResources;
  /** CA of the clients' certificates, as a reference. @default none */
  readonly clientCa?: string;
  /** Key that joins the tailnet, as a reference. @default none */
  readonly tailscaleAuthKey?: string;
  readonly formerModule: string;
}

/** Its presence hangs on a secret, and state carries that in every attribute. cdktf takes the flag as a reference. */
const mtlsMount: DeploymentSpecTemplateSpecContainerVolumeMount = {
  name: sensitive("caddy-mtls"),
  mountPath: sensitive("/etc/caddy/mtls"),
  readOnly: Token.asAny(sensitive(true)) as IResolvable,
};

/** Caddy beside the dashboard: its configuration, its secrets, its container and the volumes of both. */
export class CaddyProxy extends Construct {
  readonly configMap: ConfigMap;
  readonly container: DeploymentSpecTemplateSpecContainer;
  readonly volumes: DeploymentSpecTemplateSpecVolume[];

  constructor(scope: Construct, id: string, props: CaddyProxyProps) {
    super(scope, id);
    const { name, namespace, clientCa, tailscaleAuthKey, formerModule } = props;
    const labels = { ...props.labels };

    this.configMap = new ConfigMap(this, "caddyfile", {
      metadata: { name: `${name}-caddyfile`, namespace, labels },
      data: { Caddyfile: literal(caddyfile(props)) },
    });
    movedFrom(this.configMap, `${formerModule}.kubernetes_config_map.caddyfile[0]`);

    const secret = new Secret(this, "secrets", {
      metadata: { name: `${name}-caddy-secrets`, namespace, labels },
      type: "Opaque",
      data: {
        ...(clientCa === undefined ? {} : { "ca.pem": clientCa }),
        ...(tailscaleAuthKey === undefined ? {} : { TS_AUTHKEY: tailscaleAuthKey }),
      },
    });
    movedFrom(secret, `${formerModule}.kubernetes_secret.caddy_secrets[0]`);

    const secretName = secret.metadata.name;
    this.container = {
      name: "caddy-proxy",
      image: props.image,
      port: [{ containerPort: props.port, name: "caddy", protocol: "TCP" }],
      env:
        tailscaleAuthKey === undefined
          ? []
          : [{ name: sensitive("TS_AUTHKEY"), valueFrom: { secretKeyRef: { name: secretName, key: "TS_AUTHKEY" } } }],
      volumeMount: [
        { name: "caddyfile", mountPath: "/etc/caddy", readOnly: true },
        { name: "caddy-config", mountPath: "/config" },
        { name: "caddy-data", mountPath: "/data" },
        ...(clientCa === undefined ? [] : [mtlsMount]),
      ],
      resources: props.resources,
      securityContext: restricted,
    };
    this.volumes = [
      { name: "caddyfile", configMap: { name: this.configMap.metadata.name } },
      ...(clientCa === undefined
        ? []
        : [{ name: sensitive("caddy-mtls"), secret: { secretName, items: [{ key: "ca.pem", path: "ca.pem" }] } }]),
      // Caddy's certificates and its node on the tailnet: written, and made anew with the pod.
      { name: "caddy-config", emptyDir: {} },
      { name: "caddy-data", emptyDir: {} },
    ];
  }
}
