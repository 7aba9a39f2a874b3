import { existsSync } from "node:fs";
import { collect } from "../../authority/check/collect/collect";
import { collectedBefore } from "../../authority/check/refusals";
import { systemClock } from "../../authority/clock";
import { configuredPlace } from "../../authority/stores/configured-store";
import { isMovable } from "../../authority/state/movable";
import { stateKey } from "../../authority/state/state-key";
import { ownFolderIn } from "../../lib/config/backends/object-key";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { writeFileAtomically } from "../../lib/files";
import { note, print } from "../terminal";

export interface CollectCommandOptions {
  readonly collect: string;
  readonly attach?: readonly string[];
  readonly disk?: string;
}

/** `flywheel check --collect FILE`: what the store says, before anybody restarts it. It ends well whatever that is. */
export async function collectCommand(ids: readonly string[], options: CollectCommandOptions): Promise<void> {
  const file = options.collect;
  if (existsSync(file)) throw collectedBefore(file);
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, ids).filter((stack) => isMovable(configuration, stack));
  const { s3 } = configuration.organization.state;
  const collected = await collect({
    place: configuredPlace(configuration),
    identityKey: `${ownFolderIn(s3?.prefix)}/authority.json`,
    ...(s3?.authority === undefined ? {} : { authority: s3.authority }),
    keys: stacks.map((stack) => stateKey(configuration, stack)),
    environment: process.env,
    ...(options.disk === undefined ? {} : { disk: options.disk }),
    attach: options.attach ?? [],
    clock: systemClock,
    progress: note,
  });
  writeFileAtomically(file, `${JSON.stringify(collected, null, 1)}\n`, 0o600);
  const failed = collected.store.filter(({ error }) => error !== undefined);
  print(
    `${file}: ${collected.store.length} questions, ${failed.length} without a good answer, ${collected.attached.length} files attached`,
  );
  for (const { asked, error } of failed) print(`  ${asked}: ${error ?? ""}`);
  print("Now it may be restarted: docs/bucket-index-gone.md");
}
