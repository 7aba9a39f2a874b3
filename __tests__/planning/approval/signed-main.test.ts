import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../lib/errors";
import { refuseUnlessSignedMain } from "../../../planning/approval/signed-main";
import { commit, git, person, repositoryWith } from "./people";

const ann = person("ann@example.org");
const eve = person("eve@example.org");
const { clone, config } = repositoryWith([ann.line], ann);

const asked = () => {
  try {
    return refuseUnlessSignedMain(config);
  } catch (error) {
    return error instanceof UserError ? `${error.problems[0]?.code ?? ""}: ${error.problems[0]?.what ?? ""}` : error;
  }
};

afterEach(() => git(clone, "reset", "--quiet", "--hard", "origin/main"));

test("the newest commit of main, signed, passes", () => {
  expect(asked()).toBe(git(clone, "rev-parse", "HEAD"));
});

test("a commit that is not on the remote does not", () => {
  appendFileSync(join(config, "organization.yaml"), "x\n");
  commit(clone, "mine", ann);
  expect(asked()).toContain("not-signed-main: HEAD is");
});

test("a change that git was told to overlook, or ignores, does not", () => {
  appendFileSync(join(config, "allowed_signers"), "# x\n");
  git(clone, "update-index", "--assume-unchanged", "config/allowed_signers");
  expect(asked()).toContain("config/allowed_signers is not as committed");
  git(clone, "update-index", "--no-assume-unchanged", "config/allowed_signers");
  git(clone, "checkout", "--quiet", "--", "config");
  writeFileSync(join(clone, ".git/info/exclude"), "*.yaml\n");
  writeFileSync(join(config, "organization.yaml"), "x\n");
  expect(asked()).toContain("config/organization.yaml is not as committed");
  git(clone, "clean", "--quiet", "-fdx");
  writeFileSync(join(clone, ".git/info/exclude"), "");
});

test("a commit without a signature, or by a key that the list lacks, does not", () => {
  for (const signer of [undefined, eve]) {
    writeFileSync(join(config, `${signer === undefined ? "a" : "b"}.yaml`), "x\n");
    commit(clone, "on main", signer);
    git(clone, "push", "--quiet", "origin", "main");
    expect(asked()).toContain("has no signature that holds");
  }
});
