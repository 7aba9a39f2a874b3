import { mkdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { location } from "../../lib/backend/contract";
import {
  type Configuration,
  configurationFolder,
  loadConfiguration,
  type ProgramInstance,
} from "../../lib/config/load";
import { formatRemark, remarksOn } from "../../lib/config/remarks";
import { selectPrograms } from "../../lib/config/select";
import { findEngine } from "../../lib/engine/find";
import { formatProblem, type Problem } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { actionMarks, countedActions, isShown, type PlannedAction } from "../../planning/preview/actions";
import { plannedOnText, plannedOnWhere, type PriorState } from "../../planning/preview/prior-state";
import {
  type Preview,
  preview,
  type PreviewOptions,
  type StackPreview,
  type UnplannedStack,
  writeDocuments,
} from "../../planning/preview/preview";
import { type Need, needText } from "../../stacks/order";
import { survey, type Survey } from "../../stacks/synth";
import { failOnOf, failures } from "../fail-on";
import { wrongOption } from "../refusals";
import { type PreviewBaseOptions } from "./preview-base";
import { previewWithOtherSchema } from "../../planning/preview/other-schema";
import { printOtherSchema } from "../other-schema";
import { note, paint, print, printJson, table } from "../terminal";

export interface PreviewCommandOptions extends PreviewBaseOptions {
  readonly base?: string;
  readonly live?: true;
  /** A file of another version's schemas. */
  readonly providerSchema?: string;
  /** Hidden, for the other side of a comparison: a folder with a prior state `<id>.tfstate` for some stacks. */
  readonly priorStates?: string;
  /** Hidden, for the other side of a comparison: a folder for the states that an apply of the plans leaves. */
  readonly leaveStates?: string;
  /** Hidden, for the other side of a comparison: a file of digests; what is synthesized into one of them is not planned. */
  readonly alike?: string;
}

const notSurveyed: Survey = { collisions: [], needs: new Map() };

/**
 * `flywheel preview`: exit code 1 where a plan fails or could not be applied, two stacks would own one object, or something is met that
 * `--fail-on` names.
 */
export async function previewCommand(ids: readonly string[], options: PreviewCommandOptions): Promise<void> {
  if (options.base !== undefined)
    return (await import("./preview-base")).previewBaseCommand(ids, options.base, options);
  refuseOptions(ids, options);
  const failOn = failOnOf(options.failOn);
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectPrograms(configuration, ids, "preview");
  if (ids.length === 0)
    for (const { id } of configuration.folders)
      note(`${id}: not previewed, it is a folder of HCL: flywheel plan ${id}`);
  const engine = findEngine();
  await withTemporaryFolder(async (folder) => {
    const priorStates = await priorStatesOf(configuration, stacks, options, folder);
    if (options.providerSchema !== undefined)
      return printOtherSchema(
        await previewWithOtherSchema(
          { configuration, stacks, engine, environment: process.env, priorStates, progress: note },
          options.providerSchema,
        ),
        options.json === true,
      );
    if (options.leaveStates !== undefined) mkdirSync(options.leaveStates, { recursive: true, mode: 0o700 });
    // The other side of a comparison is asked for its plans alone.
    const isAlone = options.leaveStates === undefined && options.priorStates === undefined;
    let surveyed = Promise.resolve(notSurveyed);
    const result = await preview({
      configuration,
      stacks,
      engine,
      environment: process.env,
      priorStates,
      leaveStates: options.leaveStates,
      ...(options.alike === undefined ? {} : { synthesized: notAlike(options.alike) }),
      meanwhile: () => {
        if (!isAlone) return;
        surveyed = survey(configuration);
        // Where a plan fails that is what is told.
        surveyed.catch(() => undefined);
      },
      progress: note,
    });
    if (options.out !== undefined)
      for (const file of writeDocuments(result, options.out)) note(`wrote ${file} (it holds secrets: mode 0600)`);
    const { collisions, needs } = await surveyed;
    const problems = [...result.stacks.flatMap(({ refused }) => refused), ...collisions];
    const failed = failures(
      failOn,
      result.stacks.map(({ stack, summary, dataLoss }) => ({ id: stack.id, summary, dataLoss })),
    );
    if (options.json === true)
      printJson(asJson(result, engine, { collisions, needs, all: configuration.stacks }, problems, failed));
    else print(asText(result, basename(engine), { needs, all: configuration.stacks }));
    // The document has them too, and stays the only one.
    for (const problem of problems) note(formatProblem(problem));
    for (const line of failed) note(line);
    if (problems.length + failed.length > 0) process.exitCode = 1;
  });
}

function notAlike(file: string): PreviewOptions["synthesized"] {
  const alike = new Set(readFileSync(file, "utf8").split("\n"));
  return (inputs) =>
    Promise.resolve({
      unplanned: new Set([...inputs].flatMap(([id, digest]) => (alike.has(digest) ? [id] : []))),
    });
}

function refuseOptions(ids: readonly string[], options: PreviewCommandOptions): void {
  if (options.markdown === true || options.programBase !== undefined)
    throw wrongOption(
      `--${options.markdown === true ? "markdown" : "program-base"} needs --base`,
      "flywheel preview [id...] --base REF",
    );
  if (options.providerSchema !== undefined && (options.out !== undefined || options.failOn !== undefined))
    throw wrongOption("--provider-schema compares two plans", "it without --out and --fail-on");
  if (options.state !== undefined && options.live === true)
    throw wrongOption("--state and --live are two states to plan on", "one of them");
  if (options.state !== undefined && ids.length !== 1)
    throw wrongOption(`--state goes with one id, and ${ids.length} are given`, "flywheel preview <id> --state FILE");
}

async function priorStatesOf(
  configuration: Configuration,
  stacks: readonly ProgramInstance[],
  { state, live, priorStates }: PreviewCommandOptions,
  folder: string,
): Promise<ReadonlyMap<string, PriorState>> {
  // What reads states takes as long to load as all else here together.
  if (live === true) return (await import("../live-states")).readLiveStates(configuration, stacks, folder);
  if (priorStates !== undefined)
    return (await import("../../planning/difference/base-states")).baseStates(priorStates, stacks);
  return new Map(
    state === undefined ? [] : stacks.map(({ id }) => [id, { file: state, name: `the state in ${state}` }]),
  );
}

function asText(
  { stacks }: Preview,
  engine: string,
  { needs, all }: Pick<Survey, "needs"> & { readonly all: readonly ProgramInstance[] },
): string {
  const sections = stacks.map((stack) =>
    [
      heading(stack),
      ...stack.actions.filter(isShown).map(line),
      ...remarks(stack, needs.get(stack.stack.id) ?? [], all),
    ].join("\n"),
  );
  const totals = table([
    ["stack", ...countedActions],
    ...stacks.map(({ stack, summary }) => [stack.id, ...countedActions.map((action) => String(summary[action]))]),
  ]);
  const origin = "No cluster was asked, and nothing was changed. What replay can tell: docs/replay.md";
  return [`by replay, planned by ${engine}, ${onWhat(stacks)}`, ...sections, totals, paint("dim", origin)].join("\n\n");
}

/** On which state, in the report's first line; where stacks differ their own lines say it. */
function onWhat(stacks: readonly StackPreview[]): string {
  const texts = [...new Set(stacks.map(({ on }) => plannedOnWhere(on)))];
  const [only = plannedOnWhere(undefined)] = texts;
  return texts.length <= 1 ? only : "each on what is said beside it";
}

function heading({ stack, contract, on }: StackPreview): string {
  const place = contract === undefined ? "no state address yet" : `state: ${contract.type} ${location(contract)}`;
  return `${paint("bold", stack.id)}  ${plannedOnText(on)}  ${paint("dim", place)}`;
}

function remarks(
  { stack, placeholders, allowDestroy, dataLoss }: StackPreview,
  needs: readonly Need[],
  all: readonly ProgramInstance[],
): string[] {
  return [
    ...needs.map((need) => `  ${needText(need)}`),
    ...remarksOn(stack, all).map((remark) => `  ${paint("yellow", formatRemark(remark))}`),
    ...dataLoss.map(({ address, action, allowed }) =>
      paint(
        "red",
        `  data loss: ${address}, which holds data, would be ${action === "replace" ? "replaced" : "destroyed"}${allowed ? ` (allowed by state.allow_destroy.${stack.id})` : ""}`,
      ),
    ),
    ...(placeholders.length === 0 ? [] : [`  placeholders stood in for: ${placeholders.join(", ")}`]),
    ...allowDestroy.map(
      (address) => `  ${address} may be destroyed although it holds data: state.allow_destroy.${stack.id}`,
    ),
  ];
}

function line({ action, address, previousAddress }: PlannedAction): string {
  const colour =
    action === "add"
      ? "green"
      : action === "destroy" || action === "replace"
        ? "red"
        : action === "change"
          ? "yellow"
          : "dim";
  return `  ${paint(colour, actionMarks[action].padEnd(3))} ${address}${previousAddress === undefined ? "" : paint("dim", `  was ${previousAddress}`)}`;
}

function asJson(
  { stacks, unplanned }: Preview,
  engine: string,
  { collisions, needs, all }: Survey & { readonly all: readonly ProgramInstance[] },
  problems: readonly Problem[],
  failed: readonly string[],
): unknown {
  return {
    ok: problems.length + failed.length === 0,
    replay: true,
    engine,
    stacks: stacks.map(({ stack, on, summary, actions, dataLoss, refused, ...known }) => {
      const { placeholders, allow_destroy, releases, ...named } = asKnown({ stack, ...known });
      return {
        ...named,
        planned_on: on ?? null,
        summary,
        resources: actions,
        placeholders,
        needs: needs.get(stack.id) ?? [],
        remarks: remarksOn(stack, all),
        allow_destroy,
        releases,
        data_loss: dataLoss,
        refused,
      };
    }),
    ...(unplanned.length === 0 ? {} : { unplanned: unplanned.map(asKnown) }),
    collisions,
    ...(problems.length === 0 ? {} : { problems }),
    ...(failed.length === 0 ? {} : { failed_on: failed }),
  };
}

function asKnown({ stack, contract, placeholders, allowDestroy, releases }: UnplannedStack) {
  return {
    id: stack.id,
    stack: stack.stack,
    environment: stack.environment,
    state:
      contract === undefined ? null : { name: stack.stateName, backend: contract.type, location: location(contract) },
    placeholders,
    allow_destroy: allowDestroy,
    releases,
  };
}
