import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportOf } from "../../../ci/drift/report";
import { repositoryRoot } from "../../../lib/root";
import { cloneOfProgram, runStep, type StepRun, temporaryFolder } from "./clone";
import { FakeGitHub } from "./fake-github";
import { readWorkflow, type Step } from "./workflow";

jest.setTimeout(600_000);

const { workflow } = readWorkflow(".github/workflows/drift.yml");
const token = "ghs_c4n4ry";
const github = new FakeGitHub("acme/infra", token, []);
const folder = temporaryFolder();
let shared: Readonly<Record<string, string>>;

beforeAll(async () => {
  shared = {
    GITHUB_API_URL: await github.listen(),
    GITHUB_REPOSITORY: "acme/infra",
    GITHUB_TOKEN: token,
    GITHUB_ACTIONS: "true",
    GITHUB_RUN_ID: "77",
    GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
  };
});
afterAll(() => github.close());

function stepOf(job: string, name: string): Step {
  const step = workflow.jobs[job]?.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
}

/** The shell of the step "Issue", with what the step before it found. */
async function issueAfter(report: unknown): Promise<StepRun> {
  const file = join(folder, "drift.json");
  writeFileSync(file, JSON.stringify(report));
  const run = await runStep(stepOf("drift", "Issue"), repositoryRoot, { ...shared, REPORT: file });
  expect(run.output).not.toContain(token);
  return run;
}

const planned = (drift: readonly string[]) =>
  reportOf("attic", JSON.stringify({ ok: true, id: "attic", drift, actions: [] }));

test("drift opens one issue, which is updated, kept where nobody could look, and closed where it is gone", async () => {
  github.issues.push({
    title: "drift: attic",
    body: "<!-- flywheel:drift attic --> mine!",
    state: "open",
    login: "mallory",
  });
  expect(await issueAfter(planned(["kubernetes_deployment.api"]))).toMatchObject({
    code: 0,
    output: "attic: opened\n",
  });
  expect(await issueAfter(planned(["kubernetes_deployment.api"]))).toMatchObject({ output: "attic: unchanged\n" });
  expect(await issueAfter(planned(["kubernetes_deployment.api", "x.@everyone"]))).toMatchObject({
    output: "attic: updated\n",
  });
  expect(github.issues[1]).toMatchObject({ title: "drift: attic", state: "open" });
  expect(github.issues[1]?.body).toContain("2 of attic are not as the state has it");
  expect(github.issues[1]?.body).not.toContain("@everyone");
  const refused = reportOf(
    "attic",
    JSON.stringify({ ok: false, problems: [{ code: "x", what: "the server is gone" }] }),
  );
  expect(await issueAfter(refused)).toMatchObject({ code: 0, output: "attic: not looked at\n" });
  expect(github.issues[1]?.state).toBe("open");
  expect(await issueAfter(planned([]))).toMatchObject({ output: "attic: closed\n" });
  expect(await issueAfter(planned([]))).toMatchObject({ output: "attic: no drift\n" });
  expect(github.issues.map(({ state }) => state)).toEqual(["open", "closed"]);
});

test.each([
  ["", "no document"],
  ["{}", "something else"],
  ['{"ok":true,"id":"other","drift":[]}', "something else"],
])("what is no document of this stack is never taken for no drift: %s", (stdout, why) => {
  expect(reportOf("attic", stdout)).toEqual({ looked: false, id: "attic", why: [expect.stringContaining(why)] });
});

test("jobs that no runner takes are a message, and the run ends; where all are taken nothing is said", async () => {
  const step = { ...stepOf("runners", "Runners") };
  const run = () =>
    runStep(step, repositoryRoot, { ...shared, JOB_PREFIX: step.env["JOB_PREFIX"] ?? "", PATIENCE_SECONDS: "0.5" });
  github.jobs = [
    { name: "nightly / drift of attic", status: "completed" },
    { name: "which stacks", status: "completed" },
  ];
  expect(await run()).toMatchObject({ code: 0, output: "every job has a runner\n" });
  github.jobs = [
    { name: "drift of attic", status: "queued" },
    { name: "a runner for each", status: "in_progress" },
  ];
  expect(await run()).toMatchObject({ code: 0, output: "::warning::no runner takes drift of attic: nobody looked\n" });
  expect(github.requests.filter((request) => request.endsWith("/cancel"))).toEqual([
    "POST /repos/acme/infra/actions/runs/77/cancel",
  ]);
});

test("a place that nobody reaches is a message, not a red run, and its report holds no secret", async () => {
  const clone = cloneOfProgram();
  const secrets = { TF_HTTP_USERNAME: "reader", TF_HTTP_PASSWORD: "c4n4ry", TF_VAR_ghcr_token: "c4n4ry" };
  mkdirSync(join(clone, ".flywheel"), { recursive: true });
  const out = ".flywheel/drift.json";
  const { code, output } = await runStep(stepOf("drift", "Drift"), clone, {
    STACK: "arc-runners",
    OUT: out,
    GITHUB_ACTIONS: "true",
    FLYWHEEL_SECRETS: JSON.stringify(secrets),
  });
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain("::warning::nobody looked at arc-runners: ");
  const report = readFileSync(join(clone, out), "utf8");
  expect(JSON.parse(report)).toMatchObject({ looked: false, id: "arc-runners" });
  expect(report).not.toContain("c4n4ry");
});
