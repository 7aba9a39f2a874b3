import { z } from "zod";
import { labelValue, objectName, quantity } from "../kubernetes";

/** The name that a scale set registers under, and workflows name in `runs-on`. The chart names a Kubernetes object after it. */
export const scaleSetName = () =>
  z
    .string()
    .max(45, "at most 45 characters, as the chart demands")
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
      "one label: lower case letters, digits, - and ., none of - and . at an end (the chart names a Kubernetes object after it)",
    );

/** A group of GitHub's runners, by its name there. */
export const runnerGroup = () =>
  z
    .string()
    .max(100, "at most 100 characters")
    .regex(
      /^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$/u,
      "the name of a runner group, on one line, without spaces at its ends",
    );

/** Labels that a node must have. */
export const nodeSelector = () =>
  z.record(
    z
      .string()
      .regex(
        /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
        "a label's key such as kubernetes.io/hostname",
      ),
    labelValue(),
  );

const toleration = z.strictObject(
  {
    key: z.string().optional(),
    operator: z.enum(["Equal", "Exists"]).optional(),
    value: z.string().optional(),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
    tolerationSeconds: z.number().int("a whole number").optional(),
  },
  "one of key, operator, value, effect, tolerationSeconds",
);

/** Taints that pods put up with. */
export const tolerations = () => z.array(toleration);

/** Kubernetes' `affinity`: its three parts are passed on as they are. */
export const affinity = () =>
  z.strictObject(
    {
      nodeAffinity: z.record(z.string(), z.unknown()).optional(),
      podAffinity: z.record(z.string(), z.unknown()).optional(),
      podAntiAffinity: z.record(z.string(), z.unknown()).optional(),
    },
    "one of nodeAffinity, podAffinity, podAntiAffinity",
  );

/** Variables of a container. */
export const environmentVariables = () =>
  z.array(
    z.strictObject(
      {
        name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "the name of an environment variable"),
        value: z.string(),
      },
      "name and value",
    ),
  );

/** A switch that was only ever seen off: what on does is not known here, so it is refused. */
export const onlySeenOff = (what: string) =>
  z
    .boolean()
    .refine(
      (value) => !value,
      `false: what this program would have to do for ${what} is not known, so it does not pretend to`,
    )
    .default(false);

/** A storage class; empty for none. */
export const storageClass = () => z.union([z.literal(""), objectName()]).default("");

/** A quantity; empty for none. */
export const optionalQuantity = () => z.union([z.literal(""), quantity()]).default("");

/** A gRPC endpoint; empty for none. */
export const grpcEndpoint = () =>
  z.union([z.literal(""), z.string().regex(/^grpcs?:\/\/[^\s/]+$/, "an endpoint such as grpc://host:8980")]);
