import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { repositoryRoot } from "../../../lib/root";

const texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const stepSchema = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  with: texts.default({}),
  env: texts.default({}),
  "continue-on-error": z.boolean().optional(),
});

const jobSchema = z.strictObject({
  name: z.string(),
  if: z.string().optional(),
  needs: z.union([z.string().transform((name) => [name]), z.array(z.string())]).default([]),
  "runs-on": z.string().optional(),
  "timeout-minutes": z.number().optional(),
  permissions: z.record(z.string(), z.string()),
  outputs: texts.default({}),
  environment: z.string().optional(),
  // Only over the stacks that the configuration names.
  strategy: z
    .strictObject({
      "fail-fast": z.literal(false),
      matrix: z.strictObject({ include: z.literal("${{ fromJSON(needs.stacks.outputs.stacks) }}") }),
    })
    .optional(),
  env: texts.default({}),
  uses: z.string().optional(),
  // A caller's, by name: never all of them.
  secrets: z.strictObject({ FLYWHEEL_SECRETS: z.literal("${{ secrets.FLYWHEEL_SECRETS }}") }).optional(),
  with: texts.default({}),
  steps: z.array(stepSchema).default([]),
});

const workflowSchema = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.boolean() }),
  defaults: z.strictObject({ run: z.strictObject({ shell: z.literal("bash") }) }).optional(),
  jobs: z.record(z.string(), jobSchema),
});

export type Step = z.output<typeof stepSchema>;
export type Job = z.output<typeof jobSchema>;
/** A workflow of ours. The schema knows no key that we don't use: no `secrets: inherit`, no `services:`, no matrix. */
type Workflow = z.output<typeof workflowSchema>;

interface WorkflowFile {
  readonly file: string;
  readonly text: string;
  readonly workflow: Workflow;
}

/** Reads a workflow, a path from the repository's root. @throws where it has a key that these tests don't know. */
export function readWorkflow(file: string, root = repositoryRoot): WorkflowFile {
  const text = readFileSync(join(root, file), "utf8");
  return { file, text, workflow: workflowSchema.parse(parse(text)) };
}

/** Every job with its workflow. */
export function jobsOf(files: readonly WorkflowFile[]): readonly { file: string; id: string; job: Job }[] {
  return files.flatMap(({ file, workflow }) => Object.entries(workflow.jobs).map(([id, job]) => ({ file, id, job })));
}

/**
 * Replaces every `${{ }}` by its value. @throws for an expression that has none here: a test must know all that a step is told.
 */
export function evaluate(text: string, expressions: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_all, expression: string) => {
    const value = expressions[expression];
    if (value === undefined) throw new Error(`no value for the expression ${expression}`);
    return value;
  });
}
