import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../lib/errors";
import { approvalOf } from "../../../planning/approval/approval";
import { namespace, sign } from "../../../planning/approval/signature";
import { readReceipt } from "../../../planning/bundle/receipt";
import { commit, git, person, receiptFile, repositoryWith, run } from "./people";

const bob = person("bob@example.org", `namespaces="${namespace},git"`);
const ann = person("ann@example.org,ann@github");
const eve = person("eve@example.org");
const anybody = person("*@example.org");
const { clone, config, remote } = repositoryWith([bob.line, ann.line, anybody.line]);

/** The question that an apply asks about a receipt that `key` signed. */
function signed(key: string, file = receiptFile()) {
  writeFileSync(`${file}.sig`, sign(readFileSync(file), key));
  return { receiptFile: file, ...readReceipt(file), configuration: config };
}

const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "approved",
    (error: unknown) => (error instanceof UserError ? error.problems[0]?.code : String(error)),
  );

test("somebody whom the main branch lists approves, and is named", async () => {
  expect(await approvalOf(signed(bob.key))).toEqual({ by: ["bob@example.org"], how: "signature" });
});

test("without a signature nobody has", async () => {
  const file = receiptFile();
  expect(await codeOf(approvalOf({ receiptFile: file, ...readReceipt(file), configuration: config }))).toBe(
    "not-approved",
  );
});

test("who made the plan does not, from another machine or under another name of the key either", async () => {
  expect(await codeOf(approvalOf(signed(ann.key)))).toBe("signed-by-maker");
  expect(await codeOf(approvalOf(signed(bob.key, receiptFile({ who: "Bob@runner-7" }))))).toBe("signed-by-maker");
  expect(await codeOf(approvalOf({ ...signed(bob.key), makers: ["bob"] }))).toBe("signed-by-maker");
});

test("a key that is not listed, or listed for anybody, does not", async () => {
  expect(await codeOf(approvalOf(signed(eve.key)))).toBe("signature-invalid");
  expect(await codeOf(approvalOf(signed(anybody.key)))).toBe("signature-invalid");
});

test("a receipt that was changed after it was signed is not approved, by one byte", async () => {
  const question = signed(bob.key);
  appendFileSync(question.receiptFile, " ");
  expect(await codeOf(approvalOf({ ...question, ...readReceipt(question.receiptFile) }))).toBe("signature-invalid");
});

test("a signature for another purpose, of another receipt, or none at all does not hold", async () => {
  const question = signed(bob.key);
  rmSync(`${question.receiptFile}.sig`);
  run("ssh-keygen", ["-q", "-Y", "sign", "-n", "git", "-f", bob.key, question.receiptFile], config);
  const forged = [
    readFileSync(`${question.receiptFile}.sig`, "utf8"),
    sign(Buffer.from("other"), bob.key),
    "no signature\n",
    "",
  ];
  for (const text of forged) {
    writeFileSync(`${question.receiptFile}.sig`, text);
    expect(await codeOf(approvalOf(question))).toBe("signature-invalid");
  }
});

describe("the list is the main branch's, as its remote has it", () => {
  const question = signed(eve.key);
  afterEach(() => git(clone, "reset", "--quiet", "--hard", "origin/main"));

  test("not this checkout's, committed or not, and not a branch here that has its name", async () => {
    appendFileSync(join(config, "allowed_signers"), `${eve.line}\n`);
    expect(await codeOf(approvalOf(question))).toBe("signature-invalid");
    commit(clone, "me, too");
    git(clone, "update-ref", "refs/remotes/origin/main", "HEAD");
    expect(await codeOf(approvalOf(question))).toBe("signature-invalid");
    git(clone, "update-ref", "refs/remotes/origin/main", "HEAD~1");
  });

  test("what another clone pushed to main counts at once; who was taken out no longer does", async () => {
    const other = join(config, "..", "..", "other");
    git(clone, "clone", "--quiet", remote, other);
    writeFileSync(join(other, "config/allowed_signers"), `${eve.line}\n`);
    commit(other, "eve approves now");
    git(other, "push", "--quiet", "origin", "main");
    const before = git(clone, "rev-parse", "origin/main");
    expect(await approvalOf(question)).toMatchObject({ by: ["eve@example.org"] });
    expect(await codeOf(approvalOf(signed(bob.key)))).toBe("signature-invalid");
    expect(git(clone, "rev-parse", "origin/main")).toBe(before);
  });

  test("a remote that does not answer is no approval", async () => {
    git(clone, "remote", "set-url", "origin", join(clone, "nowhere.git"));
    expect(await codeOf(approvalOf(question))).toBe("main-unknown");
    git(clone, "remote", "set-url", "origin", remote);
  });
});
