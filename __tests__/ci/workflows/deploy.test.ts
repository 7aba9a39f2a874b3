import { generateIdentity, identityToRecipient } from "age-encryption";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cloneOfProgram, runStep, temporaryFolder } from "./clone";
import { type Job, readWorkflow, type Step } from "./workflow";

jest.setTimeout(600_000);

const { workflow } = readWorkflow(".github/workflows/deploy.yml");
const jobs: readonly (readonly [string, Job])[] = Object.entries(workflow.jobs);

function stepOf(job: Job, name: string): Step {
  const step = job.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
}

test("nothing is deployed but from the default branch, after the gate", () => {
  // ref_name is "main" for a tag of that name, too.
  expect(workflow.jobs["contract"]?.if).toBe(
    "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)",
  );
  expect(workflow.jobs["deploy"]?.needs).toEqual(["contract"]);
  expect(workflow.jobs["deploy"]?.if).toBeUndefined();
});

test("where it deploys, the gate stands before the engine and the plan", () => {
  expect(workflow.jobs["deploy"]?.steps.flatMap(({ name }) => name ?? [])).toEqual([
    "Packages",
    "Init contract",
    "Engine",
    "Bundle",
    "Plan or apply",
  ]);
});

test("environment and runner come from the configuration, and nobody is asked for them", () => {
  const { on } = workflow;
  expect(JSON.stringify(on)).not.toMatch(/"(environment|runner)"/);
  expect(workflow.jobs["deploy"]).toMatchObject({
    "runs-on": "${{ needs.contract.outputs.runner }}",
    environment: "${{ needs.contract.outputs.environment }}",
  });
  expect(workflow.jobs["contract"]?.outputs).toEqual({
    id: "${{ steps.target.outputs.id }}",
    environment: "${{ steps.target.outputs.environment }}",
    runner: "${{ steps.target.outputs.runner }}",
  });
});

test("a run that waits is never dropped for a third one", () => {
  expect(workflow.concurrency).toEqual({ group: "deploy-${{ github.run_id }}", "cancel-in-progress": false });
});

describe("in a clone", () => {
  const clone = cloneOfProgram();
  let hash = "";

  beforeAll(async () => {
    const job = readWorkflow(".github/workflows/synth-and-plan.yml").workflow.jobs["plan"];
    if (job === undefined) throw new Error("no job");
    const { output } = await runStep(stepOf(job, "Init contract"), clone, { FLYWHEEL_CONFIG_DIR: "config" });
    hash = /contract (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? "";
  });

  test.each(jobs)("the hash of the pull request's job passes the gate of %s, and no other one", async (_name, job) => {
    const gate = stepOf(job, "Init contract");
    expect(await runStep(gate, clone, { CONTRACT: hash })).toMatchObject({ code: 0 });
    const other = await runStep(gate, clone, { CONTRACT: `sha256:${"0".repeat(64)}` });
    expect(other).toMatchObject({
      code: 1,
      output: expect.stringContaining(`the init contract here is ${hash}, and sha256:000`) as unknown,
    });
    expect((await runStep(gate, clone, { CONTRACT: "" })).code).toBe(2);
    expect((await runStep(gate, clone, { CONTRACT: '$(touch injected) "; touch injected' })).code).toBe(2);
  });

  test("the outputs of the first job name the stack's own environment and runner", async () => {
    const job = workflow.jobs["contract"];
    if (job === undefined) throw new Error("no job");
    const outputs = join(temporaryFolder(), "outputs");
    const step = stepOf(job, "Environment and runner");
    const ask = (stack: string) => runStep(step, clone, { STACK: stack, GITHUB_OUTPUT: outputs });
    expect(await ask("arc-runners-prod")).toMatchObject({ code: 0 });
    expect(readFileSync(outputs, "utf8")).toBe("id=arc-runners-prod\nenvironment=prod\nrunner=honey-deploy\n");
    for (const other of ["arc-runners-stage", "", "--help\nrunner=x"])
      expect(await ask(other)).not.toMatchObject({ code: 0 });
    expect(readFileSync(outputs, "utf8")).not.toContain("runner=x");
  });

  test("without a state server, a plan stops, and no secret is told", async () => {
    const job = workflow.jobs["deploy"];
    if (job === undefined) throw new Error("no job");
    const recipient = await identityToRecipient(await generateIdentity());
    appendFileSync(join(clone, "config", "organization.yaml"), `  plan: {recipients: [${recipient}]}\n`);
    const { code, output } = await runStep(stepOf(job, "Plan or apply"), clone, {
      ACTION: "plan",
      STACK: "arc-runners",
      GITHUB_ACTIONS: "true",
      FLYWHEEL_SECRETS: JSON.stringify({
        TF_HTTP_USERNAME: "somebody",
        TF_HTTP_PASSWORD: "c4n4ry",
        TF_VAR_ghcr_token: "c4n4ry-token",
      }),
    });
    expect(code).not.toBe(0);
    expect(output).toContain("getaddrinfo");
    const lines = output.split("\n");
    expect(lines.slice(0, 3)).toEqual(["::add-mask::somebody", "::add-mask::c4n4ry", "::add-mask::c4n4ry-token"]);
    expect(lines.slice(3).join("\n")).not.toContain("c4n4ry");
  });

  test("an action that is none, and no stack, are refused", async () => {
    const job = workflow.jobs["deploy"];
    if (job === undefined) throw new Error("no job");
    const step = stepOf(job, "Plan or apply");
    expect(
      (await runStep(step, clone, { ACTION: "destroy", STACK: "arc-runners", FLYWHEEL_SECRETS: "{}" })).output,
    ).toContain("deploy-destroy");
    expect((await runStep(step, clone, { ACTION: "plan", STACK: "", FLYWHEEL_SECRETS: "{}" })).output).toContain(
      'there is no stack ""',
    );
  });

  test("without the map, nothing runs", async () => {
    const job = workflow.jobs["deploy"];
    if (job === undefined) throw new Error("no job");
    const step = stepOf(job, "Plan or apply");
    const given = { ACTION: "plan", STACK: "arc-runners", FLYWHEEL_SECRETS: "" };
    expect(await runStep(step, clone, given)).toMatchObject({
      code: 1,
      output: expect.stringContaining("FLYWHEEL_SECRETS cannot be used: it is not set, or empty") as unknown,
    });
  });
});
