import { findBundle } from "../../../ci/bundle/find";
import { GitHub } from "../../../planning/github/github";
import { codeOf } from "../../support/code-of";
import { FakeGitHub, type FakePullRequest, type FakeRun } from "../workflows/fake-github";

const repository = "acme/infra";
const head = "a".repeat(40);
const pull: FakePullRequest = {
  number: 7,
  headSha: head,
  headRepository: repository,
  headBranch: "change",
  baseBranch: "main",
  files: [],
  author: "ann",
  isMerged: true,
};
const ofPull: FakeRun = {
  id: 70,
  path: ".github/workflows/plan.yml",
  event: "pull_request",
  headSha: head,
  headBranch: "change",
  headRepository: repository,
  actors: ["ann", "zoe"],
  artifacts: ["plan-attic"],
};
const ofMain: FakeRun = {
  ...ofPull,
  id: 90,
  path: ".github/workflows/deploy.yml",
  event: "workflow_dispatch",
  headSha: "c".repeat(40),
  headBranch: "main",
  actors: ["ben", "ben"],
};

const fake = new FakeGitHub(repository, "token", [pull]);
let api = "";
beforeAll(async () => {
  api = await fake.listen();
});
afterAll(() => fake.close());

function find(runs: readonly FakeRun[], run?: number, pulls: readonly FakePullRequest[] = [pull]) {
  fake.runs = runs;
  fake.pulls = pulls;
  return findBundle({
    github: new GitHub(api, repository, "token"),
    repository,
    pullRequest: 7,
    defaultBranch: "main",
    id: "attic",
    planPath: ".github/workflows/plan.yml",
    deployPath: ".github/workflows/deploy.yml",
    ...(run === undefined ? {} : { run }),
  });
}

test("the newest run of the pull request's own commit that left a bundle, with everybody who had a part in it", async () => {
  const empty = { ...ofPull, id: 71, artifacts: [] };
  const older = { ...ofPull, id: 60 };
  expect(await find([older, ofPull, empty])).toEqual({ run: 70, makers: ["ann", "zoe"] });
});

test("a named run: a later plan of main, or one of the pull request", async () => {
  expect(await find([ofPull, ofMain], 90)).toEqual({ run: 90, makers: ["ben", "ann"] });
  expect(await find([ofPull, ofMain], 70)).toMatchObject({ run: 70 });
});

test.each<[string, Partial<FakeRun>]>([
  ["another workflow, which anybody can write", { path: ".github/workflows/forged.yml" }],
  ["a fork's", { headRepository: "mallory/infra" }],
  ["another event", { event: "push" }],
  ["another commit", { headSha: "b".repeat(40) }],
])("a run of %s counts for nothing, named or not", async (_what, other) => {
  const run = { ...ofPull, ...other };
  expect(await codeOf(find([run]))).toBe("no-bundle");
  expect(await codeOf(find([run], 70))).toBe("other-run");
});

test("a plan of a branch that is not the default one is no plan of main", async () => {
  expect(await codeOf(find([{ ...ofMain, headBranch: "ann/main" }], 90))).toBe("other-run");
});

test("what is not merged, or into another branch, is not deployed; a bundle that is gone is told", async () => {
  expect(await codeOf(find([ofPull], undefined, [{ ...pull, isMerged: false }]))).toBe("not-merged");
  expect(await codeOf(find([ofPull], undefined, [{ ...pull, baseBranch: "stage" }]))).toBe("not-merged");
  expect(await codeOf(find([{ ...ofPull, artifacts: ["plan-attic-prod"] }], 70))).toBe("no-bundle");
});
