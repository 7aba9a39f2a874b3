import { basename } from "node:path";
import { location } from "../../lib/backend/contract";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { formatRemark, remarksOn } from "../../lib/config/remarks";
import { selectStacks } from "../../lib/config/select";
import { findEngine } from "../../lib/engine/find";
import { formatProblem, UsageError } from "../../lib/errors";
import { type Blocks, blocksOf } from "../../planning/difference/blocks";
import { type Action, type PlannedAction } from "../../planning/preview/plan-document";
import { type Preview, preview, type StackPreview, writeDocuments } from "../../planning/preview/preview";
import { type PreviewBaseOptions } from "./preview-base";
import { note, paint, print, printJson, table } from "../terminal";

interface PreviewCommandOptions extends PreviewBaseOptions {
  readonly base?: string;
}

/** `flywheel preview`: exit code 1 where a plan fails or two stacks would own one object. */
export async function previewCommand(ids: readonly string[], options: PreviewCommandOptions): Promise<void> {
  if (options.base !== undefined)
    return (await import("./preview-base")).previewBaseCommand(ids, options.base, options);
  if (options.markdown === true || options.programBase !== undefined) {
    throw new UsageError({
      code: "usage",
      what: `--${options.markdown === true ? "markdown" : "program-base"} needs --base`,
      expected: "flywheel preview [id...] --base REF",
    });
  }
  if (options.state !== undefined && ids.length !== 1) {
    throw new UsageError({
      code: "usage",
      what: `--state goes with one id, and ${ids.length} are given`,
      expected: "flywheel preview <id> --state FILE",
    });
  }
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, ids);
  const engine = findEngine();
  const result = await preview({
    configuration,
    stacks,
    engine,
    environment: process.env,
    stateFile: options.state,
    progress: note,
  });
  if (options.out !== undefined)
    for (const file of writeDocuments(result, options.out)) note(`wrote ${file} (it holds secrets: mode 0600)`);
  // Only who reads the plans reads them together with the blocks that no plan repeats.
  const blocks = options.json === true && options.out !== undefined ? await blocksOf(configuration, stacks) : undefined;
  if (options.json === true) printJson(asJson(result, engine, blocks));
  else print(asText(result, engine));
  if (result.collisions.length === 0) return;
  // The document has them too, and stays the only one.
  note(result.collisions.map(formatProblem).join("\n"));
  process.exitCode = 1;
}

function asText({ stacks }: Preview, engine: string): string {
  const sections = stacks.map((stack) =>
    [heading(stack), ...stack.actions.filter(isShown).map(line), ...remarks(stack)].join("\n"),
  );
  const totals = table([
    ["stack", "add", "change", "replace", "destroy", "moved", "forget"],
    ...stacks.map(({ stack, summary: s }) => [
      stack.id,
      ...[s.add, s.change, s.replace, s.destroy, s.moved, s.forget].map(String),
    ]),
  ]);
  const origin = `Planned by ${basename(engine)} with replayed providers: no cluster was asked, nothing was changed. What replay can tell: docs/replay.md`;
  return [...sections, totals, paint("dim", origin)].join("\n\n");
}

function heading({ stack, contract }: StackPreview): string {
  const place = contract === undefined ? "no state address yet" : `state: ${contract.type} ${location(contract)}`;
  return `${paint("bold", stack.id)}  ${paint("dim", place)}`;
}

function remarks({ stack, placeholders, allowDestroy }: StackPreview): string[] {
  return [
    ...remarksOn(stack).map((remark) => `  ${paint("yellow", formatRemark(remark))}`),
    ...(placeholders.length === 0 ? [] : [`  placeholders stood in for: ${placeholders.join(", ")}`]),
    ...allowDestroy.map(
      (address) => `  ${address} may be destroyed although it holds data: state.allow_destroy.${stack.id}`,
    ),
  ];
}

const marks: Readonly<Record<Action, string>> = {
  add: "+",
  change: "~",
  replace: "-/+",
  destroy: "-",
  moved: "->",
  forget: "x",
  none: " ",
};

function isShown({ action, previousAddress }: PlannedAction): boolean {
  return action !== "none" || previousAddress !== undefined;
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
  return `  ${paint(colour, marks[action].padEnd(3))} ${address}${previousAddress === undefined ? "" : paint("dim", `  was ${previousAddress}`)}`;
}

function asJson(
  { stacks, collisions }: Preview,
  engine: string,
  blocks: ReadonlyMap<string, Blocks> | undefined,
): unknown {
  return {
    replay: true,
    engine,
    stacks: stacks.map(({ stack, contract, summary, actions, placeholders, allowDestroy }) => ({
      id: stack.id,
      stack: stack.stack,
      environment: stack.environment,
      state:
        contract === undefined ? null : { name: stack.stateName, backend: contract.type, location: location(contract) },
      summary,
      resources: actions,
      placeholders,
      remarks: remarksOn(stack),
      allow_destroy: allowDestroy,
      ...blocks?.get(stack.id),
    })),
    collisions,
  };
}
