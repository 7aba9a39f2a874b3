import { existsSync } from "node:fs";
import { basename } from "node:path";
import { differences } from "../bundle/changes";
import { otherSchemaUnusable } from "../refusals";
import { readSchemaFile, type RecordedProvider, recordedProviders } from "../replay/schema";
import { preview, type PreviewOptions, type StackPreview } from "./preview";

/** One stack, planned with the recorded schema of a provider and with another version's. */
export interface OtherSchema {
  readonly before: StackPreview;
  readonly after: StackPreview;
  /** The addresses where the two plans do not do the very same. */
  readonly differs: readonly string[];
}

/**
 * Plans stacks twice, by replay: with the recorded schema of a provider, and with that in `file`, which `make schemas` wrote for another version
 * (`kubernetes-2.39.0.json`). What the schemas alone say is compared: what a provider does beyond them is not.
 * @throws UserError `schema-unusable`; and as `preview`: a state or a program that the other schema does not fit.
 */
export async function previewWithOtherSchema(
  options: Omit<PreviewOptions, "providers">,
  file: string,
): Promise<{ readonly stacks: readonly OtherSchema[]; readonly from: string; readonly to: string }> {
  const recorded = recordedProviders();
  const { name, other } = otherProvider(recorded, file);
  const before = await preview(options);
  const providers = recorded.map((one) => (one.address === other.address ? other : one));
  const after = await preview({ ...options, providers });
  const later = new Map(after.stacks.map((one) => [one.stack.id, one]));
  const known = recorded.find(({ address }) => address === other.address)?.version ?? "none";
  return {
    from: `${name} ${known}`,
    to: `${name} ${other.version}`,
    stacks: before.stacks.flatMap((one) => {
      const now = later.get(one.stack.id);
      return now === undefined ? [] : [{ before: one, after: now, differs: differences(one.plan, now.plan) }];
    }),
  };
}

function otherProvider(recorded: readonly RecordedProvider[], file: string): { name: string; other: RecordedProvider } {
  const [, name = "", version = ""] = /^([a-z0-9-]+?)-(\d+\.\d+\.\d+)\.json$/.exec(basename(file)) ?? [];
  const known = recorded.find(({ address }) => address.endsWith(`/${name}`));
  if (known === undefined)
    throw otherSchemaUnusable(
      file,
      "its name says no provider of these stacks",
      recorded.map(({ address }) => address),
    );
  if (!existsSync(file)) throw otherSchemaUnusable(file, "there is no such file");
  const schema = readSchemaFile(file);
  if (schema === undefined) throw otherSchemaUnusable(file, "it holds no schemas of a provider");
  return { name, other: { address: known.address, version, schema: () => schema } };
}
