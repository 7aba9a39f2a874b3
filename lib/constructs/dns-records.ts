import { DataResource } from "cdktf";
import { Construct } from "constructs";
import { movedFrom } from "./moved";
import { provision } from "./provision";

export interface DnsRecordsProps {
  /** Names of the A records, below `domain`. */
  readonly names: readonly string[];
  readonly domain: string;
  /** The address they all have. */
  readonly address: string;
  /** DreamHost's API key, as a reference; needed where there are names. */
  readonly apiKey?: string;
}

/**
 * A records at DreamHost, one instance a name. The resource is there even without names: only what is declared can run the
 * command that removes a record. The key stays in state with each record, because the removal may need it long after.
 */
export class DnsRecords extends Construct {
  /** The records by name, as the outputs show them. */
  readonly records: Readonly<Record<string, object>>;
  readonly fqdns: readonly string[];

  constructor(scope: Construct, id: string, props: DnsRecordsProps) {
    super(scope, id);
    const fqdn = (name: string) => `${name}.${props.domain}`;
    const record = provisioning("$RECORD_NAME", "$RECORD_TYPE", "$RECORD_VALUE");
    const resource = new DataResource(this, "resource", {
      input: {
        record_name: "${each.value.name}",
        record_type: "${each.value.type}",
        record_value: "${each.value.value}",
        comment: "Managed by OpenTofu",
        dreamhost_api_key: props.apiKey ?? "",
      },
      lifecycle: { createBeforeDestroy: true },
      provisioners: [
        provision({ command: `dns-add ${record} "$RECORD_COMMENT"`, environment }),
        provision({ command: `dns-remove ${record}`, environment, when: "destroy" }),
      ],
    });
    resource.addOverride(
      "for_each",
      Object.fromEntries(props.names.map((name) => [name, { name: fqdn(name), type: "A", value: props.address }])),
    );
    movedFrom(resource, "module.dns[0].terraform_data.dreamhost_dns");

    this.fqdns = props.names.map(fqdn);
    this.records = Object.fromEntries(
      props.names.map((name) => [name, { fqdn: fqdn(name), type: "A", value: props.address, ttl: "${null}" }]),
    );
  }
}

/** A record's own state: what a command that removes it may refer to. */
const environment = {
  RECORD_NAME: "${self.input.record_name}",
  RECORD_TYPE: "${self.input.record_type}",
  RECORD_VALUE: "${self.input.record_value}",
  RECORD_COMMENT: "${self.input.comment}",
  DREAMHOST_API_KEY: "${self.input.dreamhost_api_key}",
};

function provisioning(...variables: readonly string[]): string {
  return variables.map((variable) => `"${variable}"`).join(" ");
}
