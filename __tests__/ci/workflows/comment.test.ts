import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { by, FakeGitHub, type FakePullRequest } from "./fake-github";
import { evaluate, readWorkflow } from "./workflow";

const token = "ghs_c4n4ry";
const origin = { headSha: "a".repeat(40), headRepository: "ann/flywheel", headBranch: "change" };
const pull: FakePullRequest = {
  number: 7,
  ...origin,
  baseBranch: "main",
  files: ["config/environments/dev/attic.yaml"],
};
const forged = "computed by main's code\n\n@everyone [no changes](https://evil.example)\n";

let temp: string;
let github: FakeGitHub;
let api: string;

beforeEach(async () => {
  temp = mkdtempSync(join(tmpdir(), "flywheel-comment-"));
  mkdirSync(join(temp, "preview"));
  writeFileSync(join(temp, "preview", "preview.md"), "nothing changes in 6 stacks\n");
  github = new FakeGitHub("tinyland-inc/flywheel", token, [pull]);
  api = await github.listen();
});

afterEach(() => {
  github.close();
  rmSync(temp, { recursive: true, force: true });
});

/** The Comment step of comment.yml, its very shell, as GitHub would run it. */
async function runStep(): Promise<{ code: number | null; output: string }> {
  const { workflow } = readWorkflow(".github/workflows/comment.yml");
  const step = workflow.jobs["comment"]?.steps.find(({ name }) => name === "Comment");
  const expressions = {
    "runner.temp": temp,
    "inputs.folder || 'config'": "config",
    "github.event.repository.default_branch": "main",
    "github.event.workflow_run.head_sha": origin.headSha,
    "github.event.workflow_run.head_branch": origin.headBranch,
    "github.event.workflow_run.head_repository.full_name": origin.headRepository,
    "github.token": token,
  };
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => [name, evaluate(value, expressions)]),
  );
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? "exit 99"], {
    cwd: repositoryRoot,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      CI: "true",
      GITHUB_REPOSITORY: "tinyland-inc/flywheel",
      GITHUB_API_URL: api,
      ...env,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  expect(output).not.toContain(token);
  return { code, output };
}

const bodies = () => github.comments.map(({ body }) => body);

test("creates one comment, then updates it, beside others' that look like it", async () => {
  github.comments.push({ id: 1, body: "<!-- flywheel:preview --> mine!", ...by("mallory") });
  expect(await runStep()).toMatchObject({
    code: 0,
    output: expect.stringContaining("commented on the pull request") as unknown,
  });
  expect(github.comments).toHaveLength(2);
  writeFileSync(join(temp, "preview", "preview.md"), "one stack changes\n");
  expect(await runStep()).toMatchObject({ code: 0, output: expect.stringContaining("updated the comment") as unknown });
  expect(github.comments).toHaveLength(2);
  expect(bodies()[0]).toBe("<!-- flywheel:preview --> mine!");
  expect(bodies()[1]).toContain("one stack changes");
});

test("configuration alone: main's code computed it", async () => {
  await runStep();
  expect(bodies()[0]).toContain("**computed by main's code**");
});

test("anything else: the pull request's own code did, whatever the artifact says", async () => {
  github.pulls = [{ ...pull, files: [...pull.files, "planning/preview/preview.ts"] }];
  writeFileSync(join(temp, "preview", "preview.md"), forged);
  await runStep();
  expect(bodies()[0]).toContain("**computed by this PR's own code**");
  expect(bodies()[0]).not.toContain("**computed by main's code**");
});

test("a base that was another branch for a while: no trust, since the run may have merged with that one", async () => {
  github.events = [{ event: "labeled" }, { event: "base_ref_changed" }];
  await runStep();
  expect(bodies()[0]).toContain("**computed by this PR's own code**");
});

test("a second pull request of the same branch to another base: no trust", async () => {
  github.pulls = [{ ...pull, number: 6, baseBranch: "ann/forged-base" }, pull];
  await runStep();
  expect(bodies()[0]).toContain("**computed by this PR's own code**");
});

test("more files than GitHub lists: no trust", async () => {
  github.pulls = [{ ...pull, changedFiles: 3001 }];
  await runStep();
  expect(bodies()[0]).toContain("**computed by this PR's own code**");
});

test("files on the second page count", async () => {
  github.pulls = [
    { ...pull, files: [...Array.from({ length: 120 }, (_, index) => `config/${index}.yaml`), "main.ts"] },
  ];
  await runStep();
  expect(bodies()[0]).toContain("**computed by this PR's own code**");
});

test.each<[string, FakePullRequest]>([
  ["a newer commit", { ...pull, headSha: "b".repeat(40) }],
  ["another base branch", { ...pull, baseBranch: "ann/forged-base" }],
  ["the same branch name in another fork of the same owner", { ...pull, headRepository: "ann/other" }],
])("%s: nothing is posted", async (_what, other) => {
  github.pulls = [other];
  expect(await runStep()).toMatchObject({ code: 0, output: expect.stringContaining("nothing to comment") as unknown });
  expect(bodies()).toEqual([]);
});

test("a push between the run and the listing of files: nothing is posted", async () => {
  github.pulls = [pull];
  github.afterFiles = () => (github.pulls = [{ ...pull, headSha: "b".repeat(40) }]);
  await runStep();
  expect(bodies()).toEqual([]);
});

test("a run that left no preview: nothing is asked and nothing posted", async () => {
  rmSync(join(temp, "preview"), { recursive: true });
  expect((await runStep()).code).toBe(0);
  expect(github.requests).toEqual([]);
});

test("a link in the artifact is never followed", async () => {
  writeFileSync(join(temp, "secret"), "the job's token");
  rmSync(join(temp, "preview", "preview.md"));
  symlinkSync(join(temp, "secret"), join(temp, "preview", "preview.md"));
  const { code, output } = await runStep();
  expect(code).not.toBe(0);
  expect(output).toContain("is not a plain file");
  expect(bodies()).toEqual([]);
});

test("GitHub's refusal is one sentence", async () => {
  github.close();
  github = new FakeGitHub("tinyland-inc/flywheel", "another token", [pull]);
  api = await github.listen();
  const { code, output } = await runStep();
  expect(code).not.toBe(0);
  expect(output).toContain("GitHub answered 401 to GET pulls");
});
