import { type Adoption, adoptionOf, type Changed } from "../../planning/adoption/adoption";
import { placeholdersFor } from "../../planning/preview/placeholders";
import { type PlannedOn, plannedOnWhere } from "../../planning/preview/prior-state";
import { preview, type StackPreview } from "../../planning/preview/preview";
import { configurationFolder, loadConfiguration, type ProgramInstance } from "../../lib/config/load";
import { formatRemark, remarksOn } from "../../lib/config/remarks";
import { selectPrograms } from "../../lib/config/select";
import { findEngine } from "../../lib/engine/find";
import { formatProblem, refuseIfAny } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { readLiveStates } from "../live-states";
import { noStateToAdopt } from "../refusals";
import { adoptExisting } from "./adopt-existing";
import { note, paint, print, printJson } from "../terminal";

interface AdoptCommandOptions {
  readonly state?: string;
  /** Make import blocks of what exists, instead of planning on a state. */
  readonly fromCluster?: true;
  readonly json?: true;
}

/** `flywheel adopt`: what the first plan on a state does. Exit code 1 where it would add, destroy or replace what it must not. */
export async function adoptCommand(id: string, options: AdoptCommandOptions): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectPrograms(configuration, [id], "adoption");
  if (stack === undefined) return;
  if (options.fromCluster === true) return adoptExisting(configuration, stack, options);
  await withTemporaryFolder(async (folder) => {
    const prior =
      options.state === undefined
        ? (await readLiveStates(configuration, [stack], folder)).get(id)
        : { file: options.state, name: `the state in ${options.state}` };
    if (prior === undefined) throw noStateToAdopt(id);
    const place = prior.place ?? prior.file;
    const result = await preview({
      configuration,
      stacks: [stack],
      engine: findEngine(),
      environment: process.env,
      priorStates: new Map([[id, prior]]),
      progress: note,
    });
    const [planned] = result.stacks;
    if (planned === undefined) return;
    const problems = planned.refused.map((problem) => ({ ...problem, file: place }));
    const adoption = adoptionOf(
      stack,
      planned.plan,
      problems,
      planned.allowDestroy,
      placeholdersFor(stack, process.env),
    );
    if (options.json !== true) {
      print(asText(stack, configuration.stacks, options.state === undefined, planned, adoption));
      return refuseIfAny(adoption.refused);
    }
    printJson({
      ok: adoption.refused.length === 0,
      id: stack.id,
      replay: true,
      planned_on: planned.on ?? null,
      state: place,
      ...adoption,
      allow_destroy: planned.allowDestroy,
      placeholders: planned.placeholders,
      remarks: remarksOn(stack, configuration.stacks),
    });
    for (const problem of adoption.refused) note(formatProblem(problem));
    if (adoption.refused.length > 0) process.exitCode = 1;
  });
}

function asText(
  stack: ProgramInstance,
  stacks: readonly ProgramInstance[],
  isLive: boolean,
  { on, placeholders, allowDestroy }: { readonly on?: PlannedOn } & Pick<StackPreview, "placeholders" | "allowDestroy">,
  { moved, changed, added, replaced, forgotten, destroyed, refused }: Adoption,
): string {
  const unexplained = [...changed, ...added, ...replaced]
    .flatMap(({ attributes }) => attributes)
    .filter(({ reason }) => reason === undefined).length;
  const group = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [[paint("bold", title), ...lines].join("\n")];
  const verdict =
    refused.length > 0
      ? paint("red", `Not adopted: ${refused.length} refused, listed below.`)
      : paint("green", "Nothing is added, destroyed or replaced that must not be: the next apply adopts this state.");
  return [
    `${paint("bold", stack.id)}: by replay, ${plannedOnWhere(on)}`,
    ...group(
      "moved (the same objects under new addresses)",
      moved.map(({ address, from }) => `  -> ${address}  ${paint("dim", `was ${from}`)}`),
    ),
    ...group("changed in place, and why", changed.map(changedLines)),
    ...group("added: Jobs that expire, and that the cluster has removed by now", added.map(changedLines)),
    ...group("replaced, as a Job has to be", replaced.map(changedLines)),
    ...group(
      "forgotten (state.release), not destroyed",
      forgotten.map((address) => `  x  ${address}`),
    ),
    ...group(
      "destroyed, as state.allow_destroy says",
      destroyed.map((address) => `  -  ${paint("red", address)}`),
    ),
    [
      `${moved.length} moved, ${changed.length} changed, ${added.length} added as expected, ${replaced.length} replaced as expected, ${forgotten.length} forgotten, ${refused.length} refused`,
      ...(unexplained === 0
        ? []
        : [
            paint(
              "yellow",
              `${unexplained} changed without a known reason: read that before you apply (flywheel preview ${stack.id} ${isLive ? "--live" : `${on?.name.replace("the state in", "--state") ?? "--state FILE"}`} --out DIR has the values)`,
            ),
          ]),
      ...remarksOn(stack, stacks).map((remark) => paint("yellow", formatRemark(remark))),
      ...(placeholders.length === 0
        ? []
        : [
            paint(
              "yellow",
              `placeholders stood in for ${placeholders.join(", ")}: what depends on them shows as changed. For the true plan set ${placeholders.map((name) => `TF_VAR_${name}`).join(", ")}`,
            ),
          ]),
      ...allowDestroy.map(
        (address) => `${address} may be destroyed although it holds data: state.allow_destroy.${stack.id}`,
      ),
      verdict,
    ].join("\n"),
  ].join("\n\n");
}

function changedLines({ address, attributes }: Changed): string {
  const byReason = new Map<string | undefined, string[]>();
  for (const { path, reason } of attributes) byReason.set(reason, [...(byReason.get(reason) ?? []), path]);
  const lines = [...byReason].map(
    ([reason, paths]) => `       ${paths.join(", ")}\n         ${reason ?? paint("yellow", "unexplained")}`,
  );
  const secrecy = lines.length === 0 ? ["       no value differs: what counts as a secret does"] : [];
  return [`  ~  ${address}`, ...lines, ...secrecy].join("\n");
}
