import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Configuration, configurationFolder, loadConfiguration } from "../lib/config/load";
import { refusal } from "../lib/errors";
import { runProgram } from "./program";
import { writeFileAtomically } from "../lib/files";
import { repositoryRoot } from "../lib/root";
import { builtEngine } from "../tools/engine";
import { unknownEnvironment, noPreview } from "./refusals";

/** The files that the pull request's artifact holds: masked reports, never a plan document. */
const artifactFiles = { markdown: "preview.md", json: "preview.json", contract: "contract.txt" } as const;

/**
 * The ids of the stacks of `environments` (separated by spaces); none for no environment, which previews everything, what the
 * change removes included.
 * @throws UserError for an environment that the organization does not have.
 */
function stacksOf(configuration: Configuration, environments: string): readonly string[] {
  const wanted = environments.split(/\s+/).filter((name) => name !== "");
  const known = configuration.organization.clusters.map(({ name }) => name);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw refusal(unknown.map((name) => unknownEnvironment(name, known)));
  }
  return configuration.stacks.filter(({ environment }) => wanted.includes(environment)).map(({ id }) => id);
}

/** `make preview-changes`: what this checkout changes against BASE, as the files of the artifact in OUT. */
async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const base = environment["BASE"] || "origin/main";
  const out = environment["OUT"] || join(".flywheel", "preview");
  const ids = stacksOf(loadConfiguration(configurationFolder()), environment["ENVIRONMENTS"] ?? "");
  const engine = builtEngine();
  const env = { ...environment, FLYWHEEL_ENGINE: engine, NO_COLOR: "1" };
  mkdirSync(out, { recursive: true });
  const keep = (name: string, args: readonly string[]): string => {
    const text = flywheel(args, env);
    writeFileAtomically(join(out, name), text);
    process.stderr.write(`wrote ${join(out, name)}\n`);
    return text;
  };
  keep(artifactFiles.contract, ["contract"]);
  keep(artifactFiles.json, ["preview", ...ids, "--base", base, "--json"]);
  const markdown = keep(artifactFiles.markdown, ["preview", ...ids, "--base", base, "--markdown"]);
  const summary = environment["GITHUB_STEP_SUMMARY"];
  if (summary) appendFileSync(summary, markdown);
}

/** What a command of ours prints. @throws Refused with its exit code; what it had to say is on stderr already. */
function flywheel(args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout } = spawnSync(process.execPath, [join(repositoryRoot, "bin", "flywheel"), ...args], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw noPreview(args, status);
}

runProgram(() => main(process.env));
