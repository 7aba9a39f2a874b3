import { z } from "zod";
import { type SettingsFamily } from "./settings-family";

/** Parts of Kubernetes names, as they may stand before {stack} and {env} are filled in. */
const part = (what: string) => z.string().regex(/^[a-z0-9{]([a-z0-9{}-]*[a-z0-9}])?$/, what);

/** `state.kubernetes`: a Secret of the environment's own cluster, with a Lease for its lock. The state of state-authority alone is there. */
export const kubernetesSettings = {
  schema: z.strictObject(
    {
      namespace: part("a namespace: lower case letters, digits and -").default("flywheel-bootstrap"),
      secret_suffix: part("the end of a Secret's name: lower case letters, digits and -").default("{stack}-{env}"),
    },
    "one of namespace, secret_suffix (the cluster and its credentials are those of clusters[].kubeconfig and context)",
  ),
  urls: [],
} satisfies SettingsFamily;
