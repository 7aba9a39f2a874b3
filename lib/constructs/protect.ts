import { type TerraformResource } from "cdktf";
import { addressOf } from "./address";

/** The context key under which a stack says which addresses may be destroyed although they hold data. */
export const allowDestroyContext = "flywheel:allow-destroy";

/** `resource` holds data: no plan may destroy it, unless `state.allow_destroy` names its address. */
export function protectData(resource: TerraformResource): void {
  const allowed: unknown = resource.node.tryGetContext(allowDestroyContext);
  if (Array.isArray(allowed) && allowed.includes(addressOf(resource))) return;
  resource.lifecycle = { ...resource.lifecycle, preventDestroy: true };
}
