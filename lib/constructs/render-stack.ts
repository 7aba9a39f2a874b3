import {
  App,
  type AppConfig,
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformOutput,
  type TerraformStack,
  Tokenization,
} from "cdktf";
import { deepMerge } from "cdktf/lib/util";
import { resolvePlain } from "./resolve-plain";

/** An app whose stacks share nothing: each can be rendered in one pass, and has a state of its own to look up by name. */
export class SingleStacks extends App {
  constructor(config: AppConfig) {
    // cdktf's own validation starts `terraform version` for every terraform_data: synth needs no engine. Ours is in configuration.
    super({ skipValidation: true, stackTraces: false, ...config });
  }

  override crossStackReference(from: TerraformStack, to: TerraformStack, identifier: string): never {
    throw new Error(`${to.node.id} refers to ${identifier} of ${from.node.id}: stacks share nothing`);
  }
}

interface RenderedStack extends Record<string, unknown> {
  terraform?: { backend?: unknown };
}

const resolver = new DefaultTokenResolver(new StringConcat());

/**
 * A stack's JSON, as `TerraformStack.toTerraform` gives it, resolving each element once: that does it three times, which is most of a
 * synth.
 */
export function renderStack(stack: TerraformStack): RenderedStack {
  const resolve = (value: unknown): unknown =>
    resolvePlain(
      value,
      (tokens) => Tokenization.resolve(tokens, { scope: stack, preparing: true, resolver }) as unknown, // typed as any there
    );
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- private there; cdktf writes them into every stack
  const { rawOverrides, cdktfVersion } = stack as unknown as {
    readonly rawOverrides: Readonly<Record<string, unknown>>;
    readonly cdktfVersion: string;
  };
  const elements = stack.node.findAll().filter((node) => TerraformElement.isTerraformElement(node));
  const overrides = Object.keys(rawOverrides);
  const metadata = {
    version: cdktfVersion,
    stackName: stack.node.id,
    backend: "local",
    ...(overrides.length === 0 ? {} : { overrides: { stack: overrides } }),
  };
  for (const element of elements) deepMerge(metadata, resolve(element.toMetadata()));
  const outputs = {};
  for (const element of elements)
    if (TerraformOutput.isTerraformOutput(element))
      deepMerge(outputs, nested(element.node.path.split("/"), element.friendlyUniqueId));
  const json: RenderedStack = { "//": { metadata, outputs } };
  for (const element of elements) deepMerge(json, resolve(element.toTerraform()));
  deepMerge(json, resolve(rawOverrides));
  return json;
}

function nested(path: readonly string[], leaf: string): unknown {
  return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), leaf);
}
