import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { expectOneOf } from "../../lib/config/nearest";
import { stackEnvironment } from "../../lib/engine/environment";
import { findEngine } from "../../lib/engine/find";
import { withTemporaryFolder } from "../../lib/files";
import { forTerminal } from "../../lib/text/terminal";
import { lockProviders, usualPlatforms } from "../../planning/provider-lock/provider-lock";
import { synthesize } from "../../stacks/synth";
import { wrongOption } from "../refusals";
import { note, print, printJson } from "../terminal";
import { isRecord, within } from "../../lib/config/kind";
import { parsedJson } from "../../lib/json";

interface ProviderLockOptions {
  readonly platform?: readonly string[];
  readonly mirror?: string;
  readonly json?: true;
}

/** `flywheel provider-lock`: hashes of every provider, into locks/<stack>.lock.hcl. */
export async function providerLockCommand(names: readonly string[], options: ProviderLockOptions): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const known = [...new Set(configuration.stacks.map(({ stack }) => stack))];
  const unknown = names.find((name) => !known.some((stack) => stack === name));
  if (unknown !== undefined)
    throw wrongOption(
      `"${unknown}" is no stack of the configuration`,
      expectOneOf(`one of ${known.join(", ")}`, unknown, known),
    );
  const platforms = options.platform ?? usualPlatforms;
  const odd = platforms.find((platform) => !/^[a-z0-9]+_[a-z0-9]+$/.test(platform));
  if (odd !== undefined) throw wrongOption(`--platform is "${odd}"`, "a platform such as linux_amd64");
  const engine = findEngine();
  const done: { stack: string; file: string; changed: boolean }[] = [];
  for (const stack of known.filter((name) => names.length === 0 || names.includes(name))) {
    const instances = configuration.stacks.filter((instance) => instance.stack === stack);
    // Without a place: what it needs is the same wherever its state is.
    const required = await withTemporaryFolder((folder) => {
      synthesize({ configuration, stacks: instances, contracts: new Map(), folder });
      const found = instances.map(({ id }) => requiredIn(readFileSync(`${folder}/stacks/${id}/cdk.tf.json`, "utf8")));
      return Promise.resolve(Object.fromEntries(found.flatMap((one) => Object.entries(one))));
    });
    note(`${stack}: hashing ${Object.keys(required).join(", ")} for ${platforms.join(", ")}; each is fetched whole`);
    const env = stackEnvironment(instances[0]?.id ?? stack, process.env);
    const mirror = options.mirror === undefined ? {} : { mirror: resolve(options.mirror) };
    const { file, changed } = await lockProviders({ stack, required, engine, env, platforms, ...mirror });
    done.push({ stack, file, changed });
    if (options.json !== true)
      print(`${forTerminal(file)}: ${changed ? "written; review and commit it" : "unchanged"}`);
  }
  if (options.json === true) printJson({ ok: true, locks: done });
}

function requiredIn(json: string): Readonly<Record<string, unknown>> {
  const required = within(parsedJson(json), "terraform", "required_providers");
  return isRecord(required) ? required : {};
}
