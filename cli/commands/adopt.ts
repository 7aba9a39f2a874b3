import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStateStore } from "../../authority/state/open-state-store";
import { type Adoption, adoptionOf, type Changed } from "../../planning/adoption/adoption";
import { type PlanDocument } from "../../planning/preview/plan-document";
import { preview } from "../../planning/preview/preview";
import { location } from "../../lib/backend/contract";
import { findContracts } from "../../lib/backend/resolve";
import { type Configuration, configurationFolder, loadConfiguration, type StackInstance } from "../../lib/config/load";
import { formatRemark, remarksOn } from "../../lib/config/remarks";
import { selectStacks } from "../../lib/config/select";
import { findEngine } from "../../lib/engine/find";
import { formatProblem, refuseIfAny, UserError } from "../../lib/errors";
import { withTemporaryFolder } from "../../lib/files";
import { note, paint, print, printJson } from "../terminal";

interface AdoptCommandOptions {
  readonly state?: string;
  readonly json?: true;
}

/** `flywheel adopt`: what the first plan on a state does. Exit code 1 where it would add, destroy or replace what it must not. */
export async function adoptCommand(id: string, options: AdoptCommandOptions): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  if (stack === undefined) return;
  await withTemporaryFolder(async (folder) => {
    const { file, place } =
      options.state === undefined
        ? await liveState(configuration, stack, folder)
        : { file: options.state, place: options.state };
    const result = await preview({
      configuration,
      stacks: [stack],
      engine: findEngine(),
      environment: process.env,
      stateFile: file,
      stateProblems: "tell",
      progress: note,
    });
    const [planned] = result.stacks;
    if (planned === undefined) return;
    const problems = planned.stateProblems.map((problem) => ({ ...problem, file: place }));
    const adoption = adoptionOf(stack, JSON.parse(planned.document) as PlanDocument, problems, planned.allowDestroy); // the engine's documented format
    if (options.json !== true) {
      print(asText(stack, place, adoption, planned.placeholders, planned.allowDestroy));
      return refuseIfAny(adoption.refused);
    }
    printJson({
      ok: adoption.refused.length === 0,
      id: stack.id,
      state: place,
      ...adoption,
      allow_destroy: planned.allowDestroy,
      placeholders: planned.placeholders,
      remarks: remarksOn(stack),
    });
    for (const problem of adoption.refused) note(formatProblem(problem));
    if (adoption.refused.length > 0) process.exitCode = 1;
  });
}

/** The state where the flag says it lives, as a file of ours. */
async function liveState(
  configuration: Configuration,
  stack: StackInstance,
  folder: string,
): Promise<{ file: string; place: string }> {
  const { contracts, problems } = await findContracts(configuration, [stack], process.env);
  refuseIfAny(problems);
  const contract = contracts.get(stack.id);
  if (contract === undefined) throw new Error(`${stack.id} has no contract and no problem`);
  note(`reading the state of ${stack.id} at ${location(contract)}`);
  const store = openStateStore(contract, process.env, configuration.organization.state.s3?.authority);
  const found = await store.read().finally(() => store.close());
  if (found === undefined) {
    throw new UserError({
      code: "no-state",
      what: `there is no state of ${stack.id} at ${location(contract)}`,
      expected: "a state to adopt",
      remedy: `From a file: npx flywheel adopt ${stack.id} --state FILE. Where nothing is deployed yet there is nothing to adopt: npx flywheel preview ${stack.id}`,
    });
  }
  const file = join(folder, "live.tfstate");
  writeFileSync(file, found.bytes, { mode: 0o600 });
  return { file, place: location(contract) };
}

function asText(
  stack: StackInstance,
  place: string,
  { moved, changed, replaced, forgotten, destroyed, refused }: Adoption,
  placeholders: readonly string[],
  allowDestroy: readonly string[],
): string {
  const unexplained = [...changed, ...replaced]
    .flatMap(({ attributes }) => attributes)
    .filter(({ reason }) => reason === undefined).length;
  const group = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [[paint("bold", title), ...lines].join("\n")];
  const verdict =
    refused.length > 0
      ? paint("red", `Not adopted: ${refused.length} refused, listed below.`)
      : paint("green", "Nothing is added, destroyed or replaced that must not be: the next apply adopts this state.");
  return [
    `${paint("bold", stack.id)}  ${paint("dim", place)}`,
    ...group(
      "moved (the same objects under new addresses)",
      moved.map(({ address, from }) => `  -> ${address}  ${paint("dim", `was ${from}`)}`),
    ),
    ...group("changed in place, and why", changed.map(changedLines)),
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
      `${moved.length} moved, ${changed.length} changed, ${replaced.length} replaced as expected, ${forgotten.length} forgotten, ${refused.length} refused`,
      ...(unexplained === 0
        ? []
        : [
            paint(
              "yellow",
              `${unexplained} changed without a known reason: read that before you apply (flywheel preview ${stack.id} --state FILE --out DIR has the values)`,
            ),
          ]),
      ...remarksOn(stack).map((remark) => paint("yellow", formatRemark(remark))),
      ...(placeholders.length === 0
        ? []
        : [
            paint(
              "yellow",
              `placeholders stood in for ${placeholders.join(", ")}: what depends on them shows as changed. Set TF_VAR_<name> for the true plan`,
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
  return [`  ~  ${address}`, ...lines].join("\n");
}
