import { ConfigMap } from "@cdktf/provider-kubernetes/lib/config-map";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { sha256 } from "../sha256";
import { literal } from "./escape";

/** A file of a configuration folder: its path in it, and its text. */
export interface ConfigurationFile {
  readonly path: string;
  readonly text: string;
}

export interface FlywheelConfigurationProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly files: readonly ConfigurationFile[];
  readonly dependsOn: ITerraformDependable[];
}

/** Where pods see the configuration folder. */
export const configurationPath = "/etc/flywheel/config";

/** The configuration folder as pods see it. It never holds a secret. */
export class FlywheelConfiguration extends Construct {
  readonly configMap: ConfigMap;
  /** For the pods' annotations: what they read only at their start starts them anew. */
  readonly checksum: string;
  private readonly items: { key: string; path: string }[];

  constructor(scope: Construct, id: string, props: FlywheelConfigurationProps) {
    super(scope, id);
    const { name, namespace, labels, files, dependsOn } = props;
    this.items = files.map(({ path }) => ({ key: keyOf(path), path }));
    this.checksum = sha256(JSON.stringify(files));
    this.configMap = new ConfigMap(this, "resource", {
      metadata: { name, namespace, labels: { ...labels } },
      data: Object.fromEntries(files.map(({ path, text }) => [keyOf(path), literal(text)])),
      dependsOn,
    });
  }

  /** The pod's volume, with the folder's own paths. */
  volume(name: string) {
    return { name, configMap: { name: this.configMap.metadata.name, items: this.items } };
  }
}

/** A key of a ConfigMap has no `/`. No name of an environment or stack has two `-` beside a dot, so no two paths are one key. */
function keyOf(path: string): string {
  return path.replaceAll("/", ".-.");
}
