import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { workflowFiles } from "../../../ci/workflow-lint/lint-workflows";
import { jobsOf, readWorkflow } from "./workflow";

const files = workflowFiles().map((file) => readWorkflow(file));
const jobs = jobsOf(files);
const named = files.map((file) => [file.file, file] as const);

test("there are exactly these workflows", () => {
  expect(files.map(({ file }) => file)).toEqual([
    ".github/workflows/canary.yml",
    ".github/workflows/comment.yml",
    ".github/workflows/deploy.yml",
    ".github/workflows/drift.yml",
    ".github/workflows/image.yml",
    ".github/workflows/plan.yml",
    ".github/workflows/synth-and-plan.yml",
    "examples/overlay/.github/workflows/canary.yml",
    "examples/overlay/.github/workflows/comment.yml",
    "examples/overlay/.github/workflows/deploy.yml",
    "examples/overlay/.github/workflows/drift.yml",
    "examples/overlay/.github/workflows/plan.yml",
    "examples/overlay/.github/workflows/synth-and-plan.yml",
  ]);
});

test("each job has exactly the permissions that it needs", () => {
  expect(Object.fromEntries(jobs.map(({ file, id, job }) => [`${file} ${id}`, job.permissions]))).toEqual({
    ".github/workflows/comment.yml comment": { contents: "read", actions: "read", "pull-requests": "write" },
    ".github/workflows/canary.yml canary": { contents: "read" },
    ".github/workflows/canary.yml stacks": { contents: "read" },
    ".github/workflows/deploy.yml contract": { contents: "read" },
    ".github/workflows/deploy.yml deploy": { contents: "read", actions: "read", "pull-requests": "read" },
    ".github/workflows/drift.yml drift": { contents: "read", issues: "write" },
    ".github/workflows/drift.yml runners": { contents: "read", actions: "write" },
    ".github/workflows/drift.yml stacks": { contents: "read" },
    ".github/workflows/image.yml image": { contents: "read", packages: "write" },
    ".github/workflows/plan.yml stacks": { contents: "read" },
    ".github/workflows/plan.yml reader": { contents: "read" },
    ".github/workflows/plan.yml plan": { contents: "read" },
    ".github/workflows/synth-and-plan.yml test": { contents: "read" },
    ".github/workflows/synth-and-plan.yml plan": { contents: "read" },
    "examples/overlay/.github/workflows/comment.yml comment": {
      contents: "read",
      actions: "read",
      "pull-requests": "write",
    },
    "examples/overlay/.github/workflows/canary.yml canary": { contents: "read" },
    "examples/overlay/.github/workflows/deploy.yml deploy": {
      contents: "read",
      actions: "read",
      "pull-requests": "read",
    },
    "examples/overlay/.github/workflows/drift.yml drift": { contents: "read", issues: "write", actions: "write" },
    "examples/overlay/.github/workflows/plan.yml plan": { contents: "read" },
    "examples/overlay/.github/workflows/synth-and-plan.yml plan": { contents: "read" },
  });
});

test("every job runs on a hosted runner, named in the file, with a time limit; those that reach a place run where the configuration says", () => {
  const ours = jobs.filter(({ job: { uses } }) => uses === undefined);
  for (const { job } of ours) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  const elsewhere = ours.filter(({ job }) => job["runs-on"] !== "ubuntu-24.04");
  expect(elsewhere.map(({ file, id, job }) => [file, id, job["runs-on"], job.environment])).toEqual([
    [".github/workflows/canary.yml", "canary", "${{ matrix.runner }}", "${{ matrix.environment }}"],
    [
      ".github/workflows/deploy.yml",
      "deploy",
      "${{ needs.contract.outputs.runner }}",
      "${{ needs.contract.outputs.environment }}",
    ],
    [".github/workflows/drift.yml", "drift", "${{ matrix.runner }}", "${{ matrix.environment }}"],
    [".github/workflows/plan.yml", "reader", "${{ matrix.runner }}", "${{ matrix.environment }}"],
    [".github/workflows/plan.yml", "plan", "${{ matrix.runner }}", "${{ matrix.environment }}"],
  ]);
});

test("whatever has the secrets of an environment that deploys runs main's code: its first job compares the whole ref", () => {
  for (const { file, workflow } of files) {
    if (file === ".github/workflows/plan.yml") continue;
    const withSecrets = Object.values(workflow.jobs).filter(({ environment }) => environment !== undefined);
    for (const { needs, if: condition } of withSecrets) {
      expect(condition).toBeUndefined();
      expect(workflow.jobs[needs[0] ?? ""]?.if).toBe(
        "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)",
      );
    }
  }
});

test("a pull request's code gets a reader's secrets alone, not a fork's, and after main's code has proven that they cannot write", () => {
  const { workflow } = readWorkflow(".github/workflows/plan.yml");
  const { stacks, reader, plan } = workflow.jobs;
  expect(stacks?.if).toBe("github.event.pull_request.head.repo.full_name == github.repository");
  expect(stacks?.steps.at(-1)?.run).toBe('bin/flywheel target --for plan >> "$GITHUB_OUTPUT"');
  expect(reader?.needs).toEqual(["stacks"]);
  expect(reader?.steps[0]?.with["ref"]).toBe("${{ inputs.program_ref || github.event.repository.default_branch }}");
  expect(plan?.needs).toEqual(["stacks", "reader"]);
});

test.each(named)("%s pins every action by commit, with its version", (_name, { text }) => {
  const uses = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
  expect(uses.length).toBeGreaterThan(0);
  for (const line of uses)
    expect(line).toMatch(
      /uses: (actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|tinyland-inc\/flywheel\/\.github\/workflows\/[a-z-]+\.yml@[0-9a-f]{40})$/,
    );
});

test("one version of each action", () => {
  const versions = new Map<string, Set<string>>();
  for (const { text } of files)
    for (const [, action = "", pin = ""] of text.matchAll(/uses: (actions\/[a-z-]+)@(.+)$/gm))
      versions.set(action, (versions.get(action) ?? new Set()).add(pin));
  for (const pins of versions.values()) expect([...pins]).toHaveLength(1);
});

test("only the job whose results nobody labels reads a cache that a pull request's code can write", () => {
  const caching = jobs.filter(({ job }) => job.steps.some(({ uses }) => uses?.startsWith("actions/cache")));
  expect(caching.map(({ file, id }) => [file, id])).toEqual([[".github/workflows/synth-and-plan.yml", "test"]]);
  const setups = jobs.flatMap(({ job }) => job.steps).filter(({ uses }) => uses?.startsWith("actions/setup-node@"));
  for (const step of setups) expect(step.with["package-manager-cache"]).toBe("false");
});

const secretSteps = jobs.flatMap(({ job }) => job.steps).filter((step) => JSON.stringify(step).includes("secrets."));

test("no step that is given a secret runs the scripts of packages, or has a token, but deploy.yml's, whose token only reads", () => {
  expect(
    Object.values(readWorkflow(".github/workflows/deploy.yml").workflow.jobs["deploy"]?.permissions ?? {}),
  ).toEqual(["read", "read", "read"]);
  const makefile = readFileSync(join(repositoryRoot, "Makefile"), "utf8");
  const prerequisites = (name: string) => new RegExp(`^${name}:([^#\\n]*)`, "m").exec(makefile)?.[1]?.trim();
  for (const step of secretSteps) {
    const target = /^bin\/flywheel with-secrets "\$STACK" -- make ([a-z-]+|"deploy-\$ACTION")$/.exec(
      step.run ?? "",
    )?.[1];
    const targets = target === '"deploy-$ACTION"' ? ["deploy-plan", "deploy-apply"] : [target ?? "none"];
    for (const name of targets) expect(prerequisites(name)).toBe("");
    if (step.name !== "Plan or apply") expect(JSON.stringify(step)).not.toContain("github.token");
  }
});

test("secrets come as one map, to the one step of a job that needs them: a new secret is no edit here", () => {
  expect(secretSteps.map(({ name }) => name)).toEqual(["Check", "Plan or apply", "Drift", "Reader", "Plan"]);
  for (const { env } of secretSteps) {
    const given = Object.entries(env).filter(([, value]) => value.includes("secrets."));
    expect(given).toEqual([["FLYWHEEL_SECRETS", "${{ secrets.FLYWHEEL_SECRETS }}"]]);
  }
});

test.each(named)("no step's shell in %s has an expression in it", (_name, { workflow }) => {
  for (const { steps } of Object.values(workflow.jobs))
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
});

test.each(named)(
  "%s checks out without leaving a credential, and never the head of a pull request",
  (_name, { workflow }) => {
    for (const { steps } of Object.values(workflow.jobs)) {
      for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
        expect(step.with["persist-credentials"]).toBe("false");
        const ref = step.with["ref"] ?? "${{ inputs.program_ref || github.sha }}";
        expect([
          "${{ inputs.program_ref || github.sha }}",
          "${{ inputs.program_ref || github.event.repository.default_branch }}",
        ]).toContain(ref);
      }
    }
  },
);

test("pull requests trigger synth-and-plan with a token that reads, and comment only by workflow_run", () => {
  const triggers = Object.fromEntries(files.map(({ file, workflow }) => [file, Object.keys(workflow.on)]));
  expect(triggers[".github/workflows/synth-and-plan.yml"]).toEqual(["pull_request", "workflow_call"]);
  expect(triggers[".github/workflows/plan.yml"]).toEqual(["pull_request", "workflow_call"]);
  expect(triggers[".github/workflows/comment.yml"]).toEqual(["workflow_run", "workflow_call"]);
  expect(triggers[".github/workflows/deploy.yml"]).toEqual(["workflow_dispatch", "workflow_call"]);
  for (const name of ["drift", "canary"])
    expect(triggers[`.github/workflows/${name}.yml`]).toEqual(["schedule", "workflow_dispatch", "workflow_call"]);
  for (const list of Object.values(triggers)) expect(list).not.toContain("pull_request_target");
});

test("only the steps that need the token are given it", () => {
  const given = jobs.flatMap(({ job }) => job.steps).filter((step) => JSON.stringify(step).includes("github.token"));
  expect(given.map(({ name, uses }) => name ?? uses?.split("@")[0])).toEqual([
    "actions/download-artifact",
    "Comment",
    "Bundle",
    "actions/download-artifact",
    "Plan or apply",
    "Issue",
    "Runners",
    "Build and push",
  ]);
});

test("every step is an action, a make target, a flywheel command, or the installation of packages without their scripts", () => {
  const targets = new Set(
    [...readFileSync(join(repositoryRoot, "Makefile"), "utf8").matchAll(/^([a-z-]+):/gm)].map(([, target]) => target),
  );
  const help = spawnSync(process.execPath, [join(repositoryRoot, "bin", "flywheel"), "--help"], {
    encoding: "utf8",
  }).stdout;
  const commands = new Set([...help.matchAll(/^ {2}([a-z-]+) /gm)].map(([, command]) => command));
  for (const { run } of jobs.flatMap(({ job }) => job.steps)) {
    if (run === undefined || run === "npm ci --ignore-scripts") continue;
    // What with-secrets runs is a target.
    const inner = run.replace(/^bin\/flywheel with-secrets "\$STACK" -- /, "");
    const [, target, command] =
      /^(?:make ([a-z-]+)(?: >> "\$GITHUB_OUTPUT")?|bin\/flywheel ([a-z-]+)(?: --expect "\$CONTRACT"|(?: --for [a-z]+| -- "\$STACK") >> "\$GITHUB_OUTPUT")?)$/.exec(
        inner.replace('"deploy-$ACTION"', "deploy-apply"),
      ) ?? [];
    expect({ run, known: target === undefined ? commands.has(command ?? "") : targets.has(target) }).toEqual({
      run,
      known: true,
    });
  }
});

test("what the jobs upload is the masked report, and bundles with their receipts", () => {
  const uploads = jobs
    .flatMap(({ job }) => job.steps)
    .filter(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
  expect(uploads.map((step) => step.with["path"]?.trim().split("\n"))).toEqual([
    [".flywheel/new-plan"],
    [".flywheel/new-plan"],
    [".flywheel/preview/preview.md", ".flywheel/preview/preview.json", ".flywheel/preview/contract.txt"],
  ]);
});

test("the example names one commit for the workflow and for the program", () => {
  for (const { job } of jobs.filter(({ file }) => file.startsWith("examples/"))) {
    const [program, commit] = (job.uses ?? "").split("@");
    expect(job.with["program_ref"]).toBe(commit);
    expect(program?.startsWith(`${job.with["program"] ?? ""}/.github/workflows/`)).toBe(true);
  }
});
