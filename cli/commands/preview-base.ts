import { basename } from "node:path";
import { configurationFolder } from "../../lib/config/load";
import { findEngine } from "../../lib/engine/find";
import { formatProblem } from "../../lib/errors";
import { compare, type Comparison } from "../../planning/difference/compare";
import { type StackDifference } from "../../planning/difference/difference";
import { forTerminal } from "../../lib/text/terminal";
import { countOf, dataLossText, type Line, linesOf } from "../../planning/difference/lines";
import { asMarkdown } from "../../planning/difference/markdown";
import { computedByText } from "../../planning/difference/trust";
import { countedActions } from "../../planning/preview/actions";
import { failOnOf, failures } from "../fail-on";
import { note, paint, print, printJson, table } from "../terminal";
import { notWithBase, twoForms } from "./refusals";

export interface PreviewBaseOptions {
  readonly base?: string;
  readonly programBase?: string;
  readonly markdown?: true;
  readonly json?: true;
  readonly state?: string;
  readonly live?: true;
  readonly out?: string;
  readonly failOn?: string;
}

/** `flywheel preview --base`: exit code 1 where a side cannot be planned or two of head's stacks would own one object. */
export async function previewBaseCommand(
  ids: readonly string[],
  base: string,
  options: PreviewBaseOptions,
): Promise<void> {
  const excluded = (["state", "live", "out"] as const).find((name) => options[name] !== undefined);
  if (excluded !== undefined) throw notWithBase(excluded);
  if (options.json === true && options.markdown === true) throw twoForms();
  const failOn = failOnOf(options.failOn);
  const engine = findEngine();
  const comparison = await compare({
    base,
    programBase: options.programBase,
    folder: configurationFolder(),
    ids,
    engine,
    environment: process.env,
    progress: note,
  });
  const name = basename(engine);
  if (options.json === true) printJson(asJson(comparison, name));
  else if (options.markdown === true) process.stdout.write(asMarkdown(comparison, name));
  else print(asText(comparison, name));
  const failed = failures(failOn, comparison.stacks);
  for (const problem of comparison.collisions) note(formatProblem(problem));
  for (const line of failed) note(line);
  if (comparison.collisions.length + failed.length > 0) process.exitCode = 1;
}

function asText({ stacks, base, computedBy, remarks }: Comparison, engine: string): string {
  const changed = stacks.filter(({ status }) => status !== "unchanged");
  const first = `by replay, planned by ${engine}, on the state that ${forTerminal(base.ref)} would have left`;
  const losses = stacks.flatMap(({ id, dataLoss }) =>
    dataLoss.map((loss) => paint("red", forTerminal(`${id}: ${dataLossText(id, loss)}`))),
  );
  const origin = [
    `Against ${base.ref} (${base.commit.slice(0, 12)}), ${computedByText(computedBy)}.`,
    "No cluster was asked, and nothing was changed. What replay can tell: docs/replay.md",
    ...remarks,
  ].map((line) => paint("dim", forTerminal(line)));
  if (changed.length === 0)
    return [first, `nothing changes in ${countOf(stacks.length, "stack")}`, ...origin].join("\n");
  const sections = changed.map((stack) => [paint("bold", stack.id), ...linesOf(stack).map(coloured)].join("\n"));
  return [[...losses, first].join("\n"), ...sections, summaryTable(stacks), origin.join("\n")].join("\n\n");
}

function summaryTable(stacks: readonly StackDifference[]): string {
  const rows = stacks.map(({ id, summary: s, state, status }) => [
    id,
    ...[...countedActions.map((action) => s[action]), s.other].map(String),
    status === "added" ? "new" : status === "removed" ? "left behind" : state.moves ? "moves" : "stays",
  ]);
  return table([["stack", ...countedActions, "other", "state"], ...rows]);
}

function coloured({ mark, text }: Line): string {
  const line = `  ${mark} ${text}`.trimEnd();
  if (mark === " ") return line;
  return paint(mark === "+" ? "green" : mark === "-" ? "red" : mark === "~" ? "yellow" : "dim", line);
}

function asJson({ stacks, base, computedBy, remarks, collisions }: Comparison, engine: string): unknown {
  return {
    replay: true,
    planned_on: "base",
    engine,
    base,
    computed_by: { ...computedBy, text: computedByText(computedBy) },
    remarks,
    stacks: stacks.map(
      ({ id, previousId, stack, environment, status, summary, state, resources, others, placeholders, ...rest }) => ({
        id,
        ...(previousId === undefined ? {} : { previous_id: previousId }),
        stack,
        environment,
        status,
        summary,
        state: { before: state.before ?? null, after: state.after ?? null, moves: state.moves },
        data_loss: rest.dataLoss,
        refused: rest.refused,
        resources: resources.map(({ address, kind, previousAddress, forcedBy, attributes }) => ({
          address,
          kind,
          ...(previousAddress === undefined ? {} : { previous_address: previousAddress }),
          ...(forcedBy === undefined ? {} : { forced_by: forcedBy }),
          attributes,
        })),
        others: others.map(({ address, kind, attributes }) => ({ address, kind, attributes })),
        placeholders,
      }),
    ),
    collisions,
  };
}
