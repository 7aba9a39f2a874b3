import { UserError } from "../../lib/errors";

/** A kubeconfig, or a file that it names, cannot be used. */
export function kubeconfigUnusable(file: string, what: string, expected: string, remedy?: string): UserError {
  return new UserError({
    code: "kubeconfig-unusable",
    file,
    what,
    expected,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Nothing names a kubeconfig, and the configuration says something of the cluster behind it. */
export function noKubeconfig(organization: string, environment: string): UserError {
  return new UserError({
    code: "no-kubeconfig",
    file: organization,
    what: `environment ${environment} says which cluster it is, and no kubeconfig is named`,
    expected: "clusters[].kubeconfig, TF_VAR_k8s_config_path or KUBE_CONFIG_PATH",
  });
}

/** The credentials come out of a program, which may ask somebody, or give others tomorrow. */
export function execPlugin(file: string, context: string, program: string): UserError {
  return new UserError({
    code: "exec-plugin",
    file,
    what: `context ${context} gets its credentials from a program: ${program}`,
    expected: "a token or a certificate in the kubeconfig: require_static is set",
    remedy: "A service account's token, or a client certificate, in a kubeconfig of its own",
  });
}

/** Which cluster it is cannot be told. */
export function clusterUnknown(file: string, context: string, why: string, remedy?: string): UserError {
  return new UserError({
    code: "cluster-unknown",
    file,
    what: `which cluster context ${context} reaches cannot be told: ${why}`,
    expected: "an answer with the uid of namespace kube-system: a cluster that cannot be told may be another one",
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** The context reaches a cluster that is not the environment's. */
export function otherCluster(fields: {
  readonly file: string;
  readonly context: string;
  readonly server: string;
  readonly found: string;
  readonly uid: string;
  readonly environment: string;
}): UserError {
  const { file, context, server, found, uid, environment } = fields;
  return new UserError({
    code: "other-cluster",
    file,
    what: `context ${context} reaches another cluster at ${server}: ${found}`,
    expected: `${uid}, the cluster of ${environment}: a plan against another one would make everything there anew`,
    remedy: `Point the context at the right cluster. Where the cluster was really replaced: clusters[].uid of ${environment} in organization.yaml, reviewed`,
  });
}

/** A variable would have the providers, or what provisioners run, reach another cluster than the kubeconfig that is checked. */
export function ambientCluster(name: string, kubeconfig: string | undefined): UserError {
  return new UserError({
    code: "ambient-cluster",
    key: name,
    what: `${name} is set, and would decide which cluster is changed, or as whom`,
    expected:
      kubeconfig === undefined ? "the kubeconfig alone to decide it" : `what ${kubeconfig} says, and nothing beside it`,
    remedy: `unset ${name}\nTF_VAR_k8s_config_path names another kubeconfig for one run`,
  });
}
