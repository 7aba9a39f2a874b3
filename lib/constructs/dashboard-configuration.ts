import { ConfigMap } from "@cdktf/provider-kubernetes/lib/config-map";
import { Secret } from "@cdktf/provider-kubernetes/lib/secret";
import { Password } from "@cdktf/provider-random/lib/password";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { protectData } from "./protect";

export interface DashboardConfigurationProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Environment of the dashboard that is no secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment of the dashboard that is secret, as references. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Key of the sessions' cookies, as a reference. @default a generated one, kept in state */
  readonly sessionSecret?: string;
  /** The JSON document that lists the environments. @default the one built into the image */
  readonly environments?: string;
  readonly formerModule: string;
}

/** What the dashboard reads at its start: a config map, a secret and, where given, the list of environments. */
export class DashboardConfiguration extends Construct {
  readonly configMap: ConfigMap;
  readonly secret: Secret;
  readonly environments?: ConfigMap;

  constructor(scope: Construct, id: string, props: DashboardConfigurationProps) {
    super(scope, id);
    const { name, namespace, formerModule } = props;
    const labels = { ...props.labels };

    this.configMap = new ConfigMap(this, "variables", {
      metadata: { name: `${name}-config`, namespace, labels },
      data: { ...props.variables },
    });
    movedFrom(this.configMap, `${formerModule}.kubernetes_config_map.dashboard`);

    this.secret = new Secret(this, "secrets", {
      metadata: { name: `${name}-secrets`, namespace, labels },
      type: "Opaque",
      data: { ...props.secrets, SESSION_SECRET: props.sessionSecret ?? this.generatedSessionSecret(formerModule) },
    });
    movedFrom(this.secret, `${formerModule}.kubernetes_secret.dashboard`);

    if (props.environments !== undefined) {
      this.environments = new ConfigMap(this, "environments", {
        metadata: { name: `${name}-environments`, namespace, labels },
        data: { "environments.json": props.environments },
      });
      movedFrom(this.environments, `${formerModule}.kubernetes_config_map.environments[0]`);
    }
  }

  private generatedSessionSecret(formerModule: string): string {
    new RandomProvider(this, "random");
    const password = new Password(this, "session_secret", { length: 32, special: false });
    protectData(password);
    movedFrom(password, `${formerModule}.random_password.session_secret[0]`);
    return password.result;
  }
}
