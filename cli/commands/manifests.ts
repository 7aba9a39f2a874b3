import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { manifestsOf, type PlannedManifest } from "../../planning/manifests/manifests";
import { documentOf, documentsOf } from "../../planning/manifests/documents";
import { preview } from "../../planning/preview/preview";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { selectPrograms } from "../../lib/config/select";
import { findEngine } from "../../lib/engine/find";
import { writeFileAtomically } from "../../lib/files";
import { note, printDocument, printJson } from "../terminal";

interface ManifestsCommandOptions {
  readonly out?: string;
  readonly json?: true;
}

/** `flywheel manifests`: the planned objects of a stack as plain manifests. Secrets are masked, always. */
export async function manifestsCommand(id: string, options: ManifestsCommandOptions): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const { stacks } = await preview({
    configuration,
    stacks: selectPrograms(configuration, [id], "manifest"),
    engine: findEngine(),
    environment: process.env,
    progress: note,
  });
  const { manifests, others } = manifestsOf(stacks[0]?.plan ?? {});
  if (options.out !== undefined) write(manifests, options.out);
  if (options.json === true) printJson({ id, manifests, others });
  else if (options.out === undefined) printDocument(documentsOf(manifests));
  note("secrets are masked; what only an apply tells is known-after-apply");
  if (others.length > 0)
    note(
      `not among them, because they are no objects by themselves: ${others.map(({ address }) => address).join(", ")}`,
    );
}

function write(manifests: readonly PlannedManifest[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const planned of manifests)
    writeFileAtomically(join(folder, `${planned.address.replace(/[^\w.-]+/g, "_")}.yaml`), documentOf(planned));
  note(`wrote ${manifests.length} manifests to ${folder}`);
}
