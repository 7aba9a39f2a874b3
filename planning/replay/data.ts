import { emptyOf } from "./apply";
import { dataNotReplayed } from "./refusals";
import { type Block, type Type } from "./schema";
import { type Value, type ValueMap, elements, isMap } from "./values";

/** Stands for a text that only the outside knows. */
const REPLAYED = "replayed";

/** Data sources that are asked for contents. Whatever replay answered, the plan would go on with an invention. */
const CONTENTS: Readonly<Record<string, string>> = {
  helm_template: "rendering a chart needs the chart",
  kubectl_file_documents: "it splits YAML inside the real provider",
  kubectl_path_documents: "it reads and renders files inside the real provider",
  kubectl_server_version: "there is no server",
  kubernetes_config_map: "its data lie in the cluster",
  kubernetes_config_map_v1: "its data lie in the cluster",
  kubernetes_resource: "the object lies in the cluster",
  kubernetes_secret: "its data lie in the cluster",
  kubernetes_secret_v1: "its data lie in the cluster",
  aws_iam_policy_document: "the document is made inside the real provider",
};

/**
 * What replay says of something that exists outside: what was asked for, and placeholders where the outside would answer
 * ("replayed", 0, false, nothing). It serves to ask whether something exists. Data sources asked for contents are refused.
 */
export function readData(type: string, block: Block, config: ValueMap): ValueMap {
  const reason = CONTENTS[type];
  if (reason !== undefined) {
    throw dataNotReplayed(type, reason);
  }
  return placeholders(block, config);
}

function placeholders(block: Block, config: ValueMap): ValueMap {
  const read: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(block.attributes ?? {})) {
    read[name] = config[name] ?? (attribute.computed === true ? placeholder(attribute.type) : null);
  }
  for (const [name, nested] of Object.entries(block.block_types ?? {})) {
    const value = config[name] ?? null;
    if (nested.nesting_mode === "single") read[name] = isMap(value) ? placeholders(nested.block, value) : null;
    else read[name] = elements(value).map((element) => placeholders(nested.block, isMap(element) ? element : {}));
  }
  return read;
}

function placeholder(type: Type): Value {
  return type === "string" ? REPLAYED : emptyOf(type);
}
