import { TerraformLocal } from "cdktf";
import { type Construct } from "constructs";
import { stringify } from "smol-toml";

/** The port Attic listens on. */
export const atticPort = 8080;

export interface AtticServerSettings {
  readonly storage: { readonly region: string; readonly bucket: string; readonly endpoint: string };
  readonly chunking: {
    readonly narSizeThreshold: number;
    readonly minSize: number;
    readonly avgSize: number;
    readonly maxSize: number;
  };
  readonly compression: { readonly type: string; readonly level: number };
  readonly garbageCollection: { readonly interval: string; readonly retentionPeriod: string };
}

interface AtticServerReferences {
  /** The database's address, as a reference. */
  readonly databaseUrl: string;
  /** The key tokens are signed with, in base64, as a reference. */
  readonly jwtKey: string;
}

/**
 * Attic's server.toml. References, and every text that an operator may choose freely, are filled in by the engine, as JSON: its
 * texts are texts of TOML too, whatever is in them.
 */
export function atticServerToml(
  scope: Construct,
  id: string,
  settings: AtticServerSettings,
  references: AtticServerReferences,
): string {
  const { storage, chunking, compression, garbageCollection } = settings;
  const values = new TerraformLocal(scope, id, { ...references, ...storage });
  const document = stringify({
    listen: `[::]:${atticPort}`,
    database: { url: marker("databaseUrl") },
    storage: { type: "s3", region: marker("region"), bucket: marker("bucket"), endpoint: marker("endpoint") },
    jwt: { signing: { "token-hs256-secret-base64": marker("jwtKey") } },
    chunking: {
      "nar-size-threshold": chunking.narSizeThreshold,
      "min-size": chunking.minSize,
      "avg-size": chunking.avgSize,
      "max-size": chunking.maxSize,
    },
    compression: { type: compression.type, level: compression.level },
    "garbage-collection": {
      interval: garbageCollection.interval,
      "default-retention-period": garbageCollection.retentionPeriod,
    },
  });
  return document.replace(
    /"<engine:(\w+)>"/g,
    (_, key: string) => `\${jsonencode(local.${values.friendlyUniqueId}.${key})}`,
  );
}

/** Stands in the document where the engine fills in a value. */
function marker(key: keyof AtticServerReferences | keyof AtticServerSettings["storage"]): string {
  return `<engine:${key}>`;
}
