import { UserError } from "../../../lib/errors";
import { sha256 } from "../../../lib/sha256";
import { approvalOf } from "../../../planning/approval/approval";
import { readReceipt } from "../../../planning/bundle/receipt";
import { by, FakeGitHub } from "../../ci/workflows/fake-github";
import { receiptFile } from "./people";

const token = "ghs_c4n4ry";
const github = new FakeGitHub("acme/infra", token, [
  {
    number: 7,
    headSha: "a".repeat(40),
    headRepository: "acme/infra",
    headBranch: "change",
    baseBranch: "main",
    files: [],
    author: "ann",
  },
]);
const file = receiptFile();
const { receipt, bytes } = readReceipt(file);
const question = { receiptFile: file, receipt, bytes, configuration: "config", pullRequest: "acme/infra#7" };
const command = `/apply ${sha256(bytes)}`;
const later = "2026-04-16T09:13:00Z";
const kept = { ...process.env };

beforeAll(async () => {
  process.env["GITHUB_API_URL"] = await github.listen();
  process.env["GITHUB_TOKEN"] = token;
  github.permissions = {
    bob: "write",
    carol: "admin",
    dave: "read",
    ann: "admin",
    "deploy[bot]": "write",
    zoe: "write",
  };
});

afterAll(() => {
  github.close();
  process.env = kept;
});

async function answer(...comments: readonly ({ body: string } & ReturnType<typeof by>)[]): Promise<unknown> {
  github.comments.splice(0, Infinity, ...comments.map((comment, index) => ({ id: index, ...comment })));
  return approvalOf({ ...question, makers: ["zoe"] }).catch((error: unknown) =>
    error instanceof UserError ? `${error.problems[0]?.code ?? ""}: ${error.problems[0]?.what ?? ""}` : error,
  );
}

test("a comment of somebody else who may write approves", async () => {
  expect(await answer({ body: `${command}\n`, ...by("bob", "User", later) })).toEqual({ by: ["bob"], how: "comment" });
  expect(
    await answer({ body: command, ...by("dave", "User", later) }, { body: command, ...by("carol", "User", later) }),
  ).toEqual({
    by: ["carol"],
    how: "comment",
  });
});

test.each([
  ["there is none", [], "has no comment /apply"],
  ["it is for another receipt", [{ body: `/apply ${"0".repeat(64)}`, ...by("bob", "User", later) }], "another receipt"],
  ["it says more", [{ body: `${command}\nor rather not`, ...by("bob", "User", later) }], "says more"],
  ["it only quotes one", [{ body: `> ${command}`, ...by("bob", "User", later) }], "has no comment /apply"],
  ["its author may only read", [{ body: command, ...by("dave", "User", later) }], "dave may not write"],
  ["its author is a stranger", [{ body: command, ...by("mallory", "User", later) }], "mallory may not write"],
  ["its author made the plan, or the pull request", [{ body: command, ...by("ann", "User", later) }], "made the plan"],
  ["its author started the run that made the plan", [{ body: command, ...by("zoe", "User", later) }], "made the plan"],
  ["a program wrote it", [{ body: command, ...by("deploy[bot]", "Bot", later) }], "a program's"],
  ["it is older than the receipt", [{ body: command, ...by("bob", "User", "2026-04-16T09:11:59Z") }], "older"],
  [
    "it was edited, perhaps by who made the plan",
    [{ body: command, ...by("bob", "User", later), updated_at: "2026-04-16T09:14:00Z" }],
    "was edited",
  ],
])("it does not where %s", async (_what, comments, why) => {
  const said = await answer(...comments);
  expect(said).toContain("not-approved: ");
  expect(said).toContain(why);
});

test("GitHub that does not answer is no approval", async () => {
  process.env["GITHUB_TOKEN"] = "another";
  expect(await answer({ body: command, ...by("bob", "User", later) })).toContain("github-refused: GitHub answered 401");
  process.env["GITHUB_TOKEN"] = token;
});
