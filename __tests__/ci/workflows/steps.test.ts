import { appendFileSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cloneOfProgram, git, mergePullRequest, runStep, temporaryFolder } from "./clone";
import { evaluate, type Job, readWorkflow, type Step } from "./workflow";

jest.setTimeout(600_000);

/** Steps whose shell is not run here, and why. */
const exempt: Readonly<Record<string, string>> = {
  "npm ci --ignore-scripts": "the clone's packages are links to ours",
  "make test": "this is it",
  "make policy": "__tests__/policy runs it",
};

const { workflow } = readWorkflow(".github/workflows/synth-and-plan.yml");

/** As in a pull request of this very repository, where there are no inputs. */
const expressions = {
  "inputs.environments": "",
  "inputs.folder && format('.flywheel/overlay/{0}', inputs.folder) || 'config'": "config",
};

function environmentOf(job: Job, step: Step): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ ...job.env, ...step.env }).map(([name, value]) => [name, evaluate(value, expressions)]),
  );
}

test("exactly the known steps are not run here", () => {
  const shells = Object.values(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => (run === undefined ? [] : [run])),
  );
  expect([...new Set(shells.filter((run) => run in exempt))].sort()).toEqual(Object.keys(exempt).sort());
  expect(shells.filter((run) => !(run in exempt))).toEqual([
    "make successor",
    "make synth",
    "bin/flywheel contract",
    "make engine",
    "make preview-changes",
  ]);
});

describe("a pull request that changes one setting", () => {
  const clone = cloneOfProgram();
  const summary = join(temporaryFolder(), "summary.md");
  const outputs = new Map<string, string>();

  beforeAll(async () => {
    mergePullRequest(clone, () =>
      appendFileSync(join(clone, "config/environments/dev/arc-runners.yaml"), "\ndocker_min_runners: 1\n"),
    );
    for (const job of Object.values(workflow.jobs)) {
      for (const step of job.steps) {
        if (step.run === undefined || step.run in exempt) continue;
        const { code, output } = await runStep(step, clone, {
          ...environmentOf(job, step),
          GITHUB_STEP_SUMMARY: summary,
        });
        if (code !== 0) throw new Error(`${step.run} ended with ${String(code)}:\n${output}`);
        outputs.set(step.run, output);
      }
    }
  });

  test("make synth writes one folder for each stack", () => {
    const stacks = readdirSync(join(clone, "cdktf.out", "stacks"));
    expect(stacks).toEqual(expect.arrayContaining(["arc-runners", "arc-runners-prod", "runner-dashboard"]));
    expect(existsSync(join(clone, "cdktf.out", "stacks", "arc-runners", "cdk.tf.json"))).toBe(true);
  });

  test("the contract in the log is the contract in the artifact", () => {
    const hash = /contract (sha256:[0-9a-f]{64})/.exec(outputs.get("bin/flywheel contract") ?? "")?.[1];
    expect(hash).toBeDefined();
    expect(readFileSync(join(clone, ".flywheel/preview/contract.txt"), "utf8")).toContain(`contract ${hash ?? ""}`);
  });

  test("make successor reports on every stack", () => {
    expect(outputs.get("make successor")).toMatch(/^cdktn@\d+\.\d+\.\d+: \d stacks synthesized by both; /m);
  });

  test("the artifact tells of the one change, as main's code computed it", () => {
    const text = readFileSync(join(clone, ".flywheel/preview/preview.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ replay: true, computed_by: { by: "base" } });
    const { stacks } = JSON.parse(text) as { stacks: { id: string; status: string }[] };
    expect(stacks.filter(({ status }) => status !== "unchanged").map(({ id }) => id)).toEqual(["arc-runners"]);
    const markdown = readFileSync(join(clone, ".flywheel/preview/preview.md"), "utf8");
    expect(markdown).toContain("helm_release.docker_runners");
    expect(readFileSync(summary, "utf8")).toBe(markdown);
  });

  test("nothing that git would see is left behind", () => {
    expect(git(clone, "status", "--porcelain")).toBe("");
  });

  test("an environment that is not there is refused by name", async () => {
    const step = workflow.jobs["plan"]?.steps.find(({ run }) => run === "make preview-changes");
    if (step === undefined) throw new Error("no such step");
    const { code, output } = await runStep(step, clone, {
      BASE: "HEAD^1",
      ENVIRONMENTS: "dve",
      OUT: ".flywheel/other",
      FLYWHEEL_CONFIG_DIR: "config",
    });
    expect(code).not.toBe(0);
    expect(output).toContain('there is no environment "dve"');
    expect(output).toContain('did you mean "dev"?');
  });
});
