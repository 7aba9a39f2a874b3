import { rmSync } from "node:fs";
import { join } from "node:path";
import { signatureFileOf } from "../../planning/approval/signature";
import { readReceipt, receiptFileOf } from "../../planning/bundle/receipt";
import { findBundle } from "./find";
import { flywheelIn } from "./flywheel";
import { codesIn, planInto } from "./plan";
import { noNumber } from "./refusals";
import { chosen, gitHubOf, requiredBy, runProgram } from "../program";

type Environment = NodeJS.ProcessEnv;

const required = requiredBy("deploy");

/** Where a plan that nobody has approved yet is left, for the next step to keep. */
const newPlans = join(".flywheel", "new-plan");

/** `make plan-bundle`: a pull request's plan of STACK into OUT, by a reader. */
function plan(environment: Environment): Promise<number> {
  const [id, out] = [required(environment, "STACK"), required(environment, "OUT")];
  return planInto({ id, out, readOnly: true, environment, flywheel: flywheelIn(environment) });
}

/** `make deploy-plan`: main's plan of STACK, for somebody to approve. */
function planOfMain(environment: Environment): Promise<number> {
  return planForApproval(environment, false);
}

/** `make deploy-plan-destroy`: main's plan that destroys STACK, for somebody to approve. */
function planDestroyOfMain(environment: Environment): Promise<number> {
  return planForApproval(environment, true);
}

function planForApproval(environment: Environment, destroy: boolean): Promise<number> {
  const id = required(environment, "STACK");
  return planInto({ id, out: newPlans, readOnly: false, destroy, environment, flywheel: flywheelIn(environment) });
}

/** `make find-bundle`: which run made the bundle of STACK for PULL_REQUEST, as outputs of a step. */
async function find(environment: Environment): Promise<number> {
  const repository = required(environment, "GITHUB_REPOSITORY");
  const named = environment["RUN"] ?? "";
  const { run, makers } = await findBundle({
    github: gitHubOf(environment, required),
    repository,
    pullRequest: whole(required(environment, "PULL_REQUEST"), "PULL_REQUEST"),
    defaultBranch: required(environment, "DEFAULT_BRANCH"),
    id: required(environment, "STACK"),
    planPath: ".github/workflows/plan.yml",
    deployPath: workflowPath(required(environment, "GITHUB_WORKFLOW_REF"), repository),
    ...(named === "" ? {} : { run: whole(named, "RUN") }),
  });
  process.stdout.write(`run=${run}\nmakers=${makers.join(" ")}\n`);
  return 0;
}

/**
 * `make deploy-apply`: applies the bundle of STACK in BUNDLE, with an approval on PULL_REQUEST. Where it is not what would be done now, a
 * new plan is made, which waits for an approval of its own.
 */
async function apply(environment: Environment): Promise<number> {
  const id = required(environment, "STACK");
  const pullRequest = `${required(environment, "GITHUB_REPOSITORY")}#${required(environment, "PULL_REQUEST")}`;
  const makers = (environment["MAKERS"] ?? "").split(" ").filter((name) => name !== "");
  const flywheel = flywheelIn(environment);
  const bundle = join(required(environment, "BUNDLE"), `${id}.flyplan`);
  // Nobody knows on GitHub whose key it is: a maker's would pass for a second person's. Here a comment approves.
  rmSync(signatureFileOf(receiptFileOf(bundle)), { force: true });
  const { exitCode, stdout } = await flywheel([
    "apply",
    bundle,
    ...[
      "--stack",
      id,
      "--json",
      "--auto-approve",
      "--if-equal",
      "--lock-timeout",
      environment["LOCK_TIMEOUT"] || "45m",
    ],
    ...["--require", "approval", "--pull-request", pullRequest],
    ...(makers.length === 0 ? [] : ["--maker", ...makers]),
  ]);
  const destroy = readReceipt(receiptFileOf(bundle)).receipt.destroy === true;
  if (exitCode === 0 && destroy)
    process.stdout.write(
      `destroyed: ${id}. Its ledger entry ends in a checkout, which you commit: flywheel destroy ${id}\n`,
    );
  const codes = codesIn(stdout);
  if (exitCode !== 1 || !codes.some(isSettledByNewPlan)) return exitCode;
  process.stdout.write("a new plan is made, and waits for an approval of its own:\n");
  await planInto({ id, out: newPlans, readOnly: false, destroy, environment, flywheel });
  process.stdout.write(
    `then run deploy with the action apply, and with this run: ${environment["GITHUB_RUN_ID"] ?? ""}\n`,
  );
  return exitCode;
}

/** What is no longer what would be done, or is used up. */
function isSettledByNewPlan(code: string): boolean {
  return code.startsWith("moved-") || ["plan-differs", "bundle-submitted", "apply-not-begun"].includes(code);
}

/** The file of `owner/name/.github/workflows/deploy.yml@refs/heads/main`. */
function workflowPath(ref: string, repository: string): string {
  return ref.replace(`${repository}/`, "").replace(/@.*$/, "");
}

function whole(text: string, name: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw noNumber(name, text);
}

const works = {
  plan,
  "plan-of-main": planOfMain,
  "plan-destroy-of-main": planDestroyOfMain,
  find,
  apply,
};
runProgram(() => chosen(works, process.argv[2])(process.env));
