import { readArguments } from "../../../cli/guard/arguments";
import { verdict } from "../../../cli/guard/verdict";

const root = "/clone";
const judged = (line: string) => verdict("attic", readArguments(line.split(" "), root));

it.each([
  "apply",
  "destroy -auto-approve",
  "import a b",
  "state rm a",
  "state mv a b",
  "state replace-provider a b",
  "-chdir=cdktf.out/stacks/attic apply",
  "apply -- -help",
  "untaint a",
  "apply -lock=true",
])("%s needs a check", (line) => {
  expect(judged(line)).toEqual({ kind: "check" });
});

it.each([
  ["state push x", /flywheel recover attic FILE/],
  ["state push -force x", /flywheel recover attic FILE/],
  ["-chdir=cdktf.out/stacks/attic force-unlock 1", /flywheel unlock attic/],
  ["workspace select w", /Another environment/],
  ["workspace new w", /Another environment/],
  ["env new w", /Another environment/],
  ["test", /flywheel preview attic/],
  ["import -config=x a b", /flywheel adopt attic/],
  ["init -migrate-state", /flywheel cutover attic/],
  ["init --force-copy", /flywheel cutover attic/],
  ["init -backend-config=key=x", /flywheel contract attic/],
  ["init -from-module=x", /flywheel contract attic/],
  ["state rm -state=x a", /flywheel contract attic/],
  ["apply -state-out=x", /flywheel contract attic/],
  ["apply -lock=false", /flywheel status attic/],
  ["apply --lock=0", /flywheel status attic/],
])("%s is refused, and the command of ours is named", (line, remedy) => {
  expect(judged(line)).toMatchObject({
    kind: "refused",
    problem: { problems: [{ code: "not-behind-the-guard", remedy: expect.stringMatching(remedy) }] },
  });
});

it.each([
  ["plan -input=false", "plan"],
  ["init", "init"],
  ["init -reconfigure", "init"],
  ["apply -help", "pass"],
  ["-version", "pass"],
  ["workspace list", "pass"],
  ["env list", "pass"],
  ["state list", "pass"],
  ["output -json", "pass"],
])("%s: %s", (line, kind) => {
  expect(judged(line)).toEqual({ kind });
});

it("-chdir counts before the command alone, as the engines have it", () => {
  expect(readArguments(["-chdir=a/b", "apply"], root).folder).toBe("/clone/a/b");
  expect(readArguments(["apply", "-chdir=a/b"], root).folder).toBe(root);
});
