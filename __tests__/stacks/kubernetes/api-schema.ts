import * as apps from "kubernetes-models/apps/v1";
import * as autoscaling from "kubernetes-models/autoscaling/v2";
import * as batch from "kubernetes-models/batch/v1";
import * as networking from "kubernetes-models/networking.k8s.io/v1";
import * as policy from "kubernetes-models/policy/v1";
import * as rbac from "kubernetes-models/rbac.authorization.k8s.io/v1";
import * as core from "kubernetes-models/v1";
import { type Tree } from "./objects";
import { messageOf } from "../../../lib/errors";

interface Model {
  validate(): void;
}

const groups: Readonly<Record<string, unknown>> = {
  v1: core,
  "apps/v1": apps,
  "autoscaling/v2": autoscaling,
  "batch/v1": batch,
  "networking.k8s.io/v1": networking,
  "policy/v1": policy,
  "rbac.authorization.k8s.io/v1": rbac,
};

/** What the API's own schema says against a manifest; undefined for kinds that are not Kubernetes' own. */
export function schemaComplaint(manifest: Tree): string | undefined {
  const models = groups[String(manifest["apiVersion"])] as
    Readonly<Record<string, (new (data: Tree) => Model) | undefined>> | undefined;
  const model = models?.[String(manifest["kind"])];
  if (model === undefined) return undefined;
  try {
    new model(manifest).validate();
    return "";
  } catch (error) {
    return messageOf(error);
  }
}
