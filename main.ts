import { resolveContracts } from "./lib/backend/resolve";
import { configurationFolder, loadConfiguration, everyStack } from "./lib/config/load";
import { reportOf } from "./lib/errors";
import { synthesize } from "./stacks/synth";

/** What `cdktf synth` and `cdktf deploy` run: every environment x every stack that has settings. */
async function main(): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  const contracts = await resolveContracts(configuration, everyStack(configuration), process.env);
  synthesize({ configuration, stacks: configuration.stacks, contracts, forDeploy: true });
}

main().catch((error: unknown) => {
  // A stack trace is for a mistake of ours, never for an operator's.
  process.stderr.write(`${reportOf(error)}\n`);
  process.exitCode = 1;
});
