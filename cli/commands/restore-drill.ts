import { join, resolve } from "node:path";
import { DirectoryTarget } from "../../authority/backup/directory-target";
import { restoreDrill } from "../../authority/backup/drill";
import { readIdentities } from "../../authority/backup/identity";
import { recordDrill } from "../../authority/backup/drilled";
import { type BackupTarget } from "../../authority/backup/target";
import { whoAmI } from "../who";
import { type BackupManifest } from "../../authority/backup/manifest";
import { openTarget } from "../../authority/backup/open-target";
import { systemClock } from "../../authority/clock";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { ledgerEntry } from "../../lib/config/ledger";
import { selectStacks } from "../../lib/config/select";
import { findEngine } from "../../lib/engine/find";
import { type Problem, UserError } from "../../lib/errors";
import { withTemporaryFolder, writeFileAtomically } from "../../lib/files";
import { preview } from "../../planning/preview/preview";
import { note, print, printJson } from "../terminal";
import { noBackups } from "./refusals";

export interface RestoreDrillOptions {
  readonly identity: string;
  readonly from?: string;
  readonly keep?: string;
  readonly json?: true;
}

/**
 * `flywheel restore-drill`: proves the newest backup of one state, or of every state that the ledger knows or that has one.
 * Exit code 1 where one of them fails. Plain bytes are only in a temporary folder of mode 0700, or where --keep says.
 */
export async function restoreDrillCommand(id: string | undefined, options: RestoreDrillOptions): Promise<void> {
  const identities = readIdentities(options.identity);
  const configuration = loadConfiguration(configurationFolder());
  const target =
    options.from === undefined
      ? await openTarget(configuration, process.env)
      : DirectoryTarget.open(resolve(options.from));
  const proved: { id: string; manifest: BackupManifest }[] = [];
  const problems: Problem[] = [];
  try {
    for (const stack of selectStacks(configuration, id === undefined ? [] : [id])) {
      if (id === undefined && hasNoState(configuration, stack, await target.list(`${stack.stateName}/`))) continue;
      try {
        await withTemporaryFolder(async (temporary) => {
          const manifest = await restoreDrill({
            configuration,
            stack,
            target,
            identities,
            folder: options.keep === undefined ? join(temporary, "store") : resolve(options.keep),
            clock: systemClock,
            plan: (bytes) => planOn(configuration, stack, bytes, temporary),
            progress: (step, saw, milliseconds) =>
              (options.json === true ? note : print)(`${stack.id}: ${step}: ${saw} (${Math.round(milliseconds)} ms)`),
          });
          proved.push({ id: stack.id, manifest });
          // What lies elsewhere is somebody's copy, and is not written to.
          if (options.from === undefined) await record(stack.id, target, manifest);
        });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.problems);
        note(`${stack.id}: ${error.message}`);
      }
    }
  } finally {
    target.close();
  }
  if (proved.length + problems.length === 0) throw noBackups(target.description);
  if (options.json === true)
    printJson({ ok: problems.length === 0, target: target.description, proved, kept: options.keep ?? null, problems });
  else
    summarize(
      proved.map(({ id: name }) => name),
      options.keep,
    );
  if (problems.length > 0) process.exitCode = 1;
}

/** The next `check --deep` tells when it was. That it can't be said is no failure of the drill. */
async function record(id: string, target: BackupTarget, manifest: BackupManifest): Promise<void> {
  try {
    await recordDrill(target, manifest, whoAmI(), systemClock.now());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    note(`${id}: that it was proved could not be recorded in ${target.description}: ${error.message}`);
  }
}

function summarize(ids: readonly string[], keep: string | undefined): void {
  if (ids.length === 0) return;
  print(`restored: ${ids.join(", ")}`);
  if (keep !== undefined)
    print(`They are in ${keep}, in clear: it is a store for \`flywheel serve --store file --dir ${keep}\``);
}

/** Where nothing was ever deployed and nothing was ever backed up there is nothing to prove. */
function hasNoState(configuration: Configuration, stack: StackInstance, names: readonly string[]): boolean {
  const lineage = ledgerEntry(configuration.ledger, stack)?.lineage ?? "new";
  return names.length === 0 && lineage === "new";
}

/** Plans by provider replay on the restored bytes, which stay in a private folder. */
async function planOn(
  configuration: Configuration,
  stack: StackInstance,
  bytes: Buffer,
  folder: string,
): Promise<string> {
  if (stack.folder !== undefined) return "not planned: what a folder of HCL plans, only its own engine tells";
  const stateFile = join(folder, "restored.tfstate");
  writeFileAtomically(stateFile, bytes, 0o600);
  const { stacks } = await preview({
    configuration,
    stacks: [stack],
    engine: findEngine(),
    environment: process.env,
    priorStates: new Map([[stack.id, { file: stateFile, name: "the restored state" }]]),
    betweenPlaces: true,
    progress: () => undefined,
  });
  const { add = 0, change = 0, replace = 0, destroy = 0 } = stacks[0]?.summary ?? {};
  return `${add} to add, ${change} to change, ${replace} to replace, ${destroy} to destroy, by replay`;
}
