import { setImmediate } from "node:timers/promises";
import { type App } from "cdktf";
import { type StateContract } from "../lib/backend/contract";
import { type Configuration, type ProgramInstance } from "../lib/config/load";
import { type Problem, refuseIfAny } from "../lib/errors";
import { type BaseStack, type BaseStackProps } from "../lib/constructs/base-stack";
import { withoutCreationStacks } from "../lib/constructs/creation-stacks";
import { SingleStacks } from "../lib/constructs/render-stack";
import { ArcRunnersStack } from "./arc-runners";
import { AtticStack } from "./attic";
import { GitlabRunnersStack } from "./gitlab-runners";
import { collisions, type StackResources } from "./collisions";
import { writeNeeds } from "./needs-file";
import { type Needs, needsOf } from "./order";
import { RunnerDashboardStack } from "./runner-dashboard";
import { StateAuthorityStack } from "./state-authority";
import { resourcesIn, type SynthesizedResource } from "./synthesized-resources";

interface SynthOptions {
  readonly configuration: Configuration;
  /** The stacks to synthesize. */
  readonly stacks: readonly ProgramInstance[];
  /** Their state contracts, by stack id; a stack without one gets the engine's local state, as previews want it. */
  readonly contracts: ReadonlyMap<string, StateContract>;
  /** Where the JSON goes: `<folder>/stacks/<id>/cdk.tf.json`. @default cdktf.out, or what the cdktf command says */
  readonly folder?: string;
  /**
   * Refuse objects that two stacks of the configuration would own, and write beside the stacks what each needs of others, for the guard.
   * cdktf's manifest does not say it: with a dependency in it `cdktf deploy <id>` alone would be refused. @default neither
   */
  readonly forDeploy?: true;
}

/**
 * Writes the stacks' JSON. Hermetic: the same configuration gives the same bytes, no socket is opened, and nothing is written
 * where a stack is refused. Returns what each stack needs of others, by its id, where it is for a deploy.
 * @throws UserError for what only the finished program can tell, such as an address that does not exist.
 */
export function synthesize(options: SynthOptions): Needs {
  return withoutCreationStacks(() => write(options));
}

function write(options: SynthOptions): Needs {
  const app = new SingleStacks(options.folder === undefined ? {} : { outdir: options.folder });
  const stacks = options.stacks.map((instance) => ({ instance, stack: addStack(app, instance, options) }));
  for (const { stack } of stacks) stack.assertAddressesExist();
  const needs: Needs = options.forDeploy === true ? surveyForDeploy(options, stacks) : new Map();
  app.synth();
  for (const { instance, stack } of stacks) written.set(instance, stack.toTerraform());
  if (options.forDeploy === true) writeNeeds(app.outdir, needs);
  return needs;
}

/** What was written of a stack in this process: a survey need not build it again. What a stack owns does not depend on its contract. */
const written = new WeakMap<ProgramInstance, Readonly<Record<string, unknown>>>();

interface Built {
  readonly instance: ProgramInstance;
  readonly stack: BaseStack;
}

/** @throws UserError for objects with two owners. */
function surveyForDeploy(options: SynthOptions, stacks: readonly Built[]): Needs {
  const built = stacks.map(({ instance, stack }) => ({ stack: instance, resources: resourcesOf(stack) }));
  const others = options.configuration.stacks.filter(({ id }) => !options.stacks.some((stack) => stack.id === id));
  const whole = [...built, ...builtInMemory(options.configuration, others)];
  refuseIfAny(collisions(whole));
  return needsOf(whole);
}

/** What only the whole configuration tells of its stacks. */
export interface Survey {
  /** Objects that two stacks, or one twice, would own on one cluster. */
  readonly collisions: readonly Problem[];
  /** What each stack needs of others, by its id: the order of a first deploy. */
  readonly needs: Needs;
}

/**
 * Looks over the whole configuration, wherever one of its stacks is previewed, planned, applied or synthesized. No engine is needed. Between
 * stacks others have their turn: a preview does this while engines plan, and answers them.
 */
export async function survey(configuration: Configuration): Promise<Survey> {
  const whole: StackResources[] = [];
  for (const stack of configuration.stacks) {
    await setImmediate();
    const known = written.get(stack);
    whole.push(
      ...(known === undefined ? builtInMemory(configuration, [stack]) : [{ stack, resources: resourcesIn(known) }]),
    );
  }
  return { collisions: collisions(whole), needs: needsOf(whole) };
}

function builtInMemory(configuration: Configuration, stacks: readonly ProgramInstance[]): readonly StackResources[] {
  return withoutCreationStacks(() => {
    const app = new SingleStacks({});
    const options = { configuration, stacks, contracts: new Map<string, StateContract>() };
    return stacks.map((stack) => ({ stack, resources: resourcesOf(addStack(app, stack, options)) }));
  });
}

function resourcesOf(stack: BaseStack): readonly SynthesizedResource[] {
  stack.prepareStack();
  return resourcesIn(stack.toTerraform());
}

function addStack(app: App, instance: ProgramInstance, { configuration, contracts }: SynthOptions): BaseStack {
  const { state, source } = configuration.organization;
  const shared: Omit<BaseStackProps, "instance"> = {
    contract: contracts.get(instance.id),
    allowDestroy: state.allow_destroy[instance.id] ?? [],
    release: state.release[instance.id] ?? [],
    imports: state.import[instance.id] ?? {},
    organizationFile: source.file,
  };
  switch (instance.stack) {
    case "state-authority":
      return new StateAuthorityStack(app, { ...shared, instance, configuration });
    case "attic":
      return new AtticStack(app, { ...shared, instance });
    case "arc-runners":
      return new ArcRunnersStack(app, { ...shared, instance });
    case "gitlab-runners":
      return new GitlabRunnersStack(app, { ...shared, instance });
    case "runner-dashboard":
      return new RunnerDashboardStack(app, { ...shared, instance });
  }
}
