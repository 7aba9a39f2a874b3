import { chosen, gitHubOf, requiredBy, runProgram } from "../program";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runChild } from "../../lib/child";
import { writeFileAtomically } from "../../lib/files";
import { repositoryRoot } from "../../lib/root";
import { forTerminal } from "../../lib/text/terminal";
import { forMarkdown } from "../../lib/text/markdown";
import { tellDrift } from "./issue";
import { reportOf, reportSchema } from "./report";

type Environment = NodeJS.ProcessEnv;

const required = requiredBy("drift");

/** `make drift`: looks at STACK by a plan that writes nothing, and leaves the report in OUT. Nobody's outage is a red run. */
async function look(environment: Environment): Promise<void> {
  const [id, out] = [required(environment, "STACK"), required(environment, "OUT")];
  const { stdout } = await runChild({
    program: process.execPath,
    args: [join(repositoryRoot, "bin", "flywheel"), "plan", "--json", "--read-only", "--", id],
    env: environment,
    stderr: "to stderr",
  });
  const report = reportOf(id, stdout);
  mkdirSync(dirname(out), { recursive: true });
  writeFileAtomically(out, `${JSON.stringify(report)}\n`);
  if (report.looked) print(`${id}: ${report.drift.length === 0 ? "no drift" : `drifted: ${report.drift.join(", ")}`}`);
  else warn(environment, `nobody looked at ${id}: ${report.why.join("; ")}`);
}

/** `make drift-issue`: opens, updates or closes the issue of REPORT. */
async function issue(environment: Environment): Promise<void> {
  const report = reportSchema.parse(JSON.parse(readFileSync(required(environment, "REPORT"), "utf8")));
  print(`${report.id}: ${await tellDrift(gitHubOf(environment, required), report)}`);
}

/** `make drift-runners`: waits until a runner has taken each job; says which ones none takes, and ends the run. */
async function runners(environment: Environment): Promise<void> {
  const [github, run] = [gitHubOf(environment, required), Number(required(environment, "GITHUB_RUN_ID"))];
  const prefix = required(environment, "JOB_PREFIX");
  const until = Date.now() + 1000 * Number(environment["PATIENCE_SECONDS"] || 600);
  for (let isTold = false; ;) {
    // In a called workflow a job's name begins with its caller's.
    const jobs = (await github.jobs(run)).filter(({ name }) => name.split(" / ").at(-1)?.startsWith(prefix));
    const waiting = jobs.filter(({ status }) => status === "queued");
    if (jobs.length > 0 && waiting.length === 0) return print("every job has a runner");
    if (Date.now() >= until) {
      if (!isTold) warn(environment, told(waiting));
      isTold = true;
      // What a runner has taken comes to its end; the run is ended by the last look at it.
      if (!jobs.some(({ status }) => status === "in_progress")) return github.cancelRun(run);
      await delay(15_000);
      continue;
    }
    await delay(Math.min(15_000, Math.max(1, until - Date.now())));
  }
}

const told = (waiting: readonly { readonly name: string }[]) =>
  `no runner takes ${waiting.map(({ name }) => name).join(", ") || "any job"}: nobody looked`;

/** A message of the run, and no failure. One line: what follows a line's end could be a command to the runner. */
function warn(environment: Environment, message: string): void {
  process.stdout.write(`${environment["GITHUB_ACTIONS"] === "true" ? "::warning::" : ""}${forTerminal(message)}\n`);
  const summary = environment["GITHUB_STEP_SUMMARY"];
  if (summary) appendFileSync(summary, `${forMarkdown(message)}\n`);
}

function print(message: string): void {
  process.stdout.write(`${forTerminal(message)}\n`);
}

runProgram(() => chosen({ look, issue, runners }, process.argv[2])(process.env));
