import { TerraformLocal } from "cdktf";
import { type Construct } from "constructs";

/**
 * `data` as the engine's own `yamlencode` writes it. The data goes into a local, because cdktf 0.21 leaves quotes and
 * backslashes in function arguments unescaped; equal bytes are what keeps a Helm release unchanged.
 */
export function yamlEncoded(scope: Construct, id: string, data: object): string {
  return encoded("yamlencode", scope, id, data);
}

/** `data` as the engine's own `jsonencode` writes it. */
export function jsonEncoded(scope: Construct, id: string, data: object): string {
  return encoded("jsonencode", scope, id, data);
}

/** `text`, which may hold references, in base64. */
export function base64Encoded(scope: Construct, id: string, text: string): string {
  return encoded("base64encode", scope, id, text);
}

function encoded(encoder: string, scope: Construct, id: string, data: object | string): string {
  const local = new TerraformLocal(scope, id, data);
  return `\${${encoder}(local.${local.friendlyUniqueId})}`;
}
