import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { lockFileOf, providerBlocks, providerLockFile } from "../../lib/engine/provider-lock";
import { providersNotLocked } from "../../lib/engine/refusals";
import { runEngine } from "../../lib/engine/run";

/** Where operators and runners are. */
export const usualPlatforms = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"] as const;

export interface ProviderLockOptions {
  readonly stack: string;
  /** What the stack's environments need, as `required_providers` has it. */
  readonly required: Readonly<Record<string, unknown>>;
  readonly engine: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platforms: readonly string[];
  /** A filesystem mirror. @default the registries */
  readonly mirror?: string;
  /** The program's folder. @default this one's */
  readonly root?: string;
}

/**
 * Has the engine hash a stack's providers for every platform, and writes them into `locks/<stack>.lock.hcl`. What was hashed before
 * stays, of the other engine's registry too, and a hash that does not fit any more is the engine's refusal.
 * Returns the file and whether it changed. @throws UserError `providers-not-locked`.
 */
export async function lockProviders(options: ProviderLockOptions): Promise<{ file: string; changed: boolean }> {
  const { stack, required, engine, env, platforms, mirror } = options;
  const file = providerLockFile(stack, options.root);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const text = await withTemporaryFolder(async (folder) => {
    writeFileAtomically(join(folder, "main.tf.json"), JSON.stringify({ terraform: { required_providers: required } }));
    const lock = join(folder, ".terraform.lock.hcl");
    if (before !== "") writeFileAtomically(lock, before);
    const args = [
      "providers",
      "lock",
      "-no-color",
      ...platforms.map((platform) => `-platform=${platform}`),
      ...(mirror === undefined ? [] : [`-fs-mirror=${mirror}`]),
    ];
    const { exitCode, stderr } = await runEngine({ engine, args, folder, env });
    if (exitCode !== 0) throw providersNotLocked(stack, reason(stderr));
    return lockFileOf(new Map([...providerBlocks(before), ...providerBlocks(readFileSync(lock, "utf8"))]));
  });
  if (text === before) return { file, changed: false };
  mkdirSync(dirname(file), { recursive: true });
  writeFileAtomically(file, text);
  return { file, changed: true };
}

/** The engine's box of an error, as one line. */
function reason(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^[\u2502\u2577\u2575\s]+/, "").trim());
  const start = lines.findIndex((line) => line.startsWith("Error:"));
  return lines
    .slice(Math.max(start, 0))
    .filter((line) => line !== "")
    .join(" ")
    .slice(0, 600);
}
