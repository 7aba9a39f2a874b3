import { type TerraformResource } from "cdktf";

/** The address of a resource in its stack: `helm_release.controller`. */
export function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}
