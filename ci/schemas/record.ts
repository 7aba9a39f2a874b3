import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../lib/config/kind";
import { runEngine } from "../../lib/engine/run";
import { engineFailed } from "../../lib/engine/refusals";
import { withTemporaryFolder } from "../../lib/files";
import { parsedJson } from "../../lib/json";
import { notAProvider, noSchemas } from "../refusals";

type Document = Readonly<Record<string, unknown>>;

/**
 * All schemas of one version of a provider, from the provider itself: the engine installs it from the registry or from the mirror that
 * its own configuration names. `address` is `namespace/name`.
 * @throws UsageError for another address or version; UserError where the engine fails.
 */
export async function schemasOf({
  engine,
  address,
  version,
}: {
  readonly engine: string;
  readonly address: string;
  readonly version: string;
}): Promise<Document> {
  if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(address) || !/^\d+\.\d+\.\d+$/.test(version))
    throw notAProvider(address, version);
  return withTemporaryFolder(async (folder) => {
    const provider = { source: address, version: `= ${version}` };
    writeFileSync(
      join(folder, "main.tf.json"),
      JSON.stringify({ terraform: { required_providers: { recorded: provider } } }),
    );
    const run = async (...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await runEngine({ engine, folder, env: process.env, args });
      if (exitCode !== 0) throw engineFailed(args[0] ?? "", exitCode, stderr.trim());
      return stdout;
    };
    await run("init", "-input=false", "-no-color");
    const document = parsedJson(await run("providers", "schema", "-json"));
    const providers = isRecord(document) ? document["provider_schemas"] : undefined;
    const found = isRecord(providers) ? Object.entries(providers).find(([name]) => name.endsWith(`/${address}`)) : [];
    if (!isRecord(found?.[1])) throw noSchemas(engine, address);
    return found[1];
  });
}

/** The schemas of the types in `former` (a recorded file) and in `wanted`, without descriptions. Sorted, so that versions can be compared. */
export function cutSchemas(whole: Document, former: string | undefined, wanted: readonly string[]): Document {
  const before = former === undefined ? undefined : parsedJson(readFileSync(former));
  const cut = (part: string): Document => {
    const recorded = isRecord(before) ? before[part] : undefined;
    const names = new Set([...(isRecord(recorded) ? Object.keys(recorded) : []), ...wanted]);
    const all = whole[part];
    const kept = Object.entries(isRecord(all) ? all : {}).filter(([name]) => names.has(name));
    return Object.fromEntries(kept.map(([name, schema]) => [name, withoutDescriptions(schema)]));
  };
  return {
    data_source_schemas: cut("data_source_schemas"),
    provider: withoutDescriptions(whole["provider"]),
    resource_schemas: cut("resource_schemas"),
  };
}

/** A schema's own texts say nothing that a replay needs. An attribute that is named `description` is kept: it is a mapping. */
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, content]) => !/^description(_kind)?$/.test(key) || typeof content !== "string")
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, content]) => [key, withoutDescriptions(content)]),
  );
}
