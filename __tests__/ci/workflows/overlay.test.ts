import { appendFileSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { cloneOfProgram, git, mergePullRequest, runStep, type StepRun } from "./clone";
import { evaluate, readWorkflow } from "./workflow";

jest.setTimeout(600_000);

const caller = readWorkflow("examples/overlay/.github/workflows/synth-and-plan.yml").workflow;
const called = readWorkflow(".github/workflows/synth-and-plan.yml").workflow;
const folder = caller.jobs["plan"]?.with["folder"] ?? "";

/** Runs the called workflow's step with the inputs that the caller gives. */
async function run(program: string, shell: string): Promise<StepRun> {
  const job = called.jobs["plan"];
  const step = job?.steps.find((one) => one.run === shell);
  if (job === undefined || step === undefined) throw new Error(`no step ${shell}`);
  const expressions = {
    "inputs.environments": caller.jobs["plan"]?.with["environments"] ?? "",
    "inputs.folder && format('.flywheel/overlay/{0}', inputs.folder) || 'config'": `.flywheel/overlay/${folder}`,
  };
  const env = Object.fromEntries(
    Object.entries({ ...job.env, ...step.env }).map(([name, value]) => [name, evaluate(value, expressions)]),
  );
  return runStep(step, program, env);
}

describe("a pull request to a private configuration repository", () => {
  const program = cloneOfProgram();
  const overlay = join(program, ".flywheel", "overlay");

  beforeAll(() => {
    cpSync(join(repositoryRoot, "examples", "overlay"), overlay, { recursive: true });
    git(overlay, "init", "--quiet", "--initial-branch", "main");
    git(overlay, "add", "--all");
    git(overlay, "commit", "--quiet", "--message", "configuration");
    mergePullRequest(overlay, () =>
      appendFileSync(join(overlay, folder, "environments/prod/arc-runners.yaml"), "nix_min_runners: 2\n"),
    );
  });

  test("does not run the program's own tests", () => {
    expect(called.jobs["test"]?.if).toBe("${{ !inputs.folder }}");
  });

  test("the program knows nothing of the folder: git sees no change", () => {
    expect(git(program, "status", "--porcelain")).toBe("");
  });

  test("synth and contract use the overlay's configuration", async () => {
    expect(await run(program, "make synth")).toMatchObject({ code: 0 });
    const { code, output } = await run(program, "bin/flywheel contract");
    expect(code).toBe(0);
    expect(output).toContain("https://state.example.org/state/arc-runners-prod");
    expect(output).not.toContain("runner-dashboard");
  });

  test("the preview tells the overlay's change alone", async () => {
    const { code, output } = await run(program, "make preview-changes");
    expect({ code, output }).toMatchObject({ code: 0 });
    const { stacks } = JSON.parse(readFileSync(join(program, ".flywheel/preview/preview.json"), "utf8")) as {
      stacks: { id: string; status: string }[];
    };
    expect(Object.fromEntries(stacks.map(({ id, status }) => [id, status !== "unchanged"]))).toEqual({
      "arc-runners": false,
      "arc-runners-prod": true,
    });
    expect(readFileSync(join(program, ".flywheel/preview/preview.md"), "utf8")).toContain("helm_release.nix_runners");
  });

  test("a mistake in the overlay is told with its file and line", async () => {
    appendFileSync(join(overlay, folder, "environments/prod/arc-runners.yaml"), "nix_min_runers: 2\n");
    const { code, output } = await run(program, "bin/flywheel contract");
    expect(code).toBe(1);
    expect(output).toContain(
      `.flywheel/overlay/${folder}/environments/prod/arc-runners.yaml:10: unknown setting "nix_min_runers"`,
    );
  });
});
