import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../files";
import { repositoryRoot } from "../root";
import { ownLockMissing, providerLockIncomplete, providerLockMissing } from "./refusals";
import { type EngineVersion } from "./version";
import { isRecord, within } from "../config/kind";
import { parsedJson } from "../json";

/** Where an engine looks for a provider whose source names no host. */
const registries: Readonly<Record<EngineVersion["name"], string>> = {
  terraform: "registry.terraform.io",
  tofu: "registry.opentofu.org",
};

const header =
  "# Which providers may be installed, by their hashes. Written by `make provider-lock`; reviewed like code.\n";

/** The committed lock of a stack's providers, for every environment and both engines. */
export function providerLockFile(stack: string, root = repositoryRoot): string {
  return join(root, "locks", `${stack}.lock.hcl`);
}

/** The providers that a synthesized stack names, as a lock file has them: `registry.terraform.io/hashicorp/aws`. */
function requiredProviders(json: string, engine: EngineVersion["name"]): readonly string[] {
  const required = within(parsedJson(json), "terraform", "required_providers");
  return Object.entries(isRecord(required) ? required : {})
    .map(([name, provider]) => {
      const given = within(provider, "source");
      const source = typeof given === "string" ? given : name;
      const parts = source.split("/").length;
      if (parts >= 3) return source;
      return `${registries[engine]}/${parts === 2 ? "" : "hashicorp/"}${source}`;
    })
    .map((address) => address.toLowerCase())
    .sort();
}

/** The blocks of a lock file, by provider, each as it stands there. */
export function providerBlocks(text: string): ReadonlyMap<string, string> {
  const blocks = [...text.matchAll(/^provider "([^"\n]+)" \{\n(?:.*\n)*?\}$/gm)];
  return new Map(blocks.map(([block, address = ""]) => [address.toLowerCase(), block]));
}

/** A lock file of these blocks, in the order of providers. */
export function lockFileOf(blocks: ReadonlyMap<string, string>): string {
  const sorted = [...blocks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, block]) => block);
  return `${header}\n${sorted.join("\n\n")}\n`;
}

export interface LockedStack {
  /** `attic` */
  readonly stack: string;
  /** Where it is synthesized. */
  readonly folder: string;
  readonly engine: EngineVersion["name"];
  /** The program's folder. @default this one's */
  readonly root?: string;
}

/**
 * Puts the committed lock of a stack's providers into its folder, as far as this stack and this engine need it, and returns what `init`
 * is told: with it the engine installs exactly these and writes nothing. Without a committed lock nothing is done.
 * @throws UserError `provider-lock-incomplete` where it lacks a provider of the stack.
 */
export function placeProviderLock(options: LockedStack): readonly string[] {
  const file = providerLockFile(options.stack, options.root);
  if (!existsSync(file)) return [];
  const found = blocksFor(options, file);
  writeFileAtomically(join(options.folder, ".terraform.lock.hcl"), lockFileOf(found));
  return ["-lockfile=readonly"];
}

/** For `state.require: [provider-locks]`. @throws UserError `provider-lock-missing`, `provider-lock-incomplete`. */
export function refuseWithoutProviderLock(options: LockedStack): void {
  const file = providerLockFile(options.stack, options.root);
  if (!existsSync(file)) throw providerLockMissing(file, options.stack);
  blocksFor(options, file);
}

/** The same for a folder of HCL, mirrored in `folder`. @throws UserError `provider-lock-missing`. */
export function refuseWithoutOwnLock(id: string, folder: string): void {
  const file = join(folder, ".terraform.lock.hcl");
  if (!existsSync(file)) throw ownLockMissing(file, id);
}

function blocksFor({ stack, folder, engine }: LockedStack, file: string): ReadonlyMap<string, string> {
  const required = requiredProviders(readFileSync(join(folder, "cdk.tf.json"), "utf8"), engine);
  const known = providerBlocks(readFileSync(file, "utf8"));
  const blocks = required.map((address) => [address, known.get(address)] as const);
  // A block without a hash would let anything in.
  const lacking = blocks.filter(([, block]) => block === undefined || !/"(h1|zh):[^"]+"/.test(block));
  if (lacking.length > 0)
    throw providerLockIncomplete(
      file,
      stack,
      lacking.map(([address]) => address),
    );
  return new Map(blocks.map(([address, block]) => [address, block ?? ""]));
}
