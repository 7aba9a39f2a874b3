import { join, relative } from "node:path";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { runProgram } from "../program";
import { repositoryRoot } from "../../lib/root";
import { builtTool } from "../../tools/tool";
import { kubeScore } from "../../tools/catalogue";
import { builtEngine } from "../../tools/engine";
import { manifestsOf } from "../../planning/manifests/manifests";
import { preview } from "../../planning/preview/preview";
import { judge, readAllowed } from "./allow";
import { findings } from "./findings";

/** `make policy`: plans every stack by replay and checks its objects; exit code 1 for a finding that nothing allows, or an entry that allows nothing. */
async function main(): Promise<void> {
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const file = process.env["FLYWHEEL_POLICY"] || join(repositoryRoot, "policy", "allow.yaml");
  const allowed = readAllowed(file);
  const [engine, program] = [builtEngine(), builtTool(kubeScore)];
  const configuration = loadConfiguration(configurationFolder());
  const { stacks } = await preview({
    configuration,
    stacks: configuration.stacks,
    engine,
    environment: process.env,
    progress: note,
  });
  const planned = stacks.map(({ stack, plan }) => ({
    id: stack.id,
    ...manifestsOf(plan),
  }));
  const { refused, accepted, stale } = judge(
    planned.flatMap(({ manifests }) => findings(program, manifests)),
    allowed,
  );
  for (const { check, object, says } of refused)
    print(`${object}: ${check}: ${says}\n  Fix it, or allow it with a reason in ${name(file)}`);
  for (const { entry, object } of stale)
    print(`${name(file)}:${entry.line}: nothing finds ${entry.check} at ${object} any more\n  Remove it`);
  const objects = planned.reduce((sum, { manifests }) => sum + manifests.length, 0);
  const charts = planned.flatMap(({ others }) => others).filter(({ type }) => type === "helm_release").length;
  print(
    `kube-score: ${objects} objects of ${stacks.length} stacks, ${refused.length} refused, ${accepted} accepted by ${name(file)}, ${stale.length} of its entries stale; what ${charts} Helm releases install is not seen`,
  );
  if (refused.length + stale.length > 0) process.exitCode = 1;
}

function name(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

runProgram(main);
