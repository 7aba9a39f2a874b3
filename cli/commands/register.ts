import { register } from "../../authority/ledger/register";
import { systemClock } from "../../authority/clock";
import { findContracts, sharedPlaces } from "../../lib/backend/resolve";
import { configurationFolder, loadConfiguration, everyStack } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { refuseIfAny } from "../../lib/errors";
import { wrongOption } from "../refusals";
import { print, printJson } from "../terminal";
import { ownAddresses } from "../unknown-addresses";
import { registerAuthority } from "./register-authority";
import { stackOrAuthority } from "./refusals";

interface RegisterCommandOptions {
  readonly authority?: true;
  readonly repair?: true;
  readonly new?: true;
  readonly dir?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `flywheel register`: writes the first ledger entry of a state, where it already lives; with --authority, a bucket's identity. */
export async function registerCommand(id: string | undefined, options: RegisterCommandOptions): Promise<void> {
  if ((id === undefined) !== (options.authority === true)) {
    throw stackOrAuthority(id);
  }
  if (options.authority === true && options.new === true)
    throw wrongOption("--new is about a stack, and --authority about the bucket", "one of them");
  if (id === undefined) return registerAuthority(options);
  if (options.yes === true) throw wrongOption("--yes goes with --authority: a stack is not asked about", "one of them");
  const configuration = loadConfiguration(configurationFolder());
  const [stack] = selectStacks(configuration, [id]);
  // Without the ledger's check: this command writes the entry.
  const { contracts, problems } = await findContracts(configuration, stack === undefined ? [] : [stack], process.env);
  // Other stacks matter only where they would have the same place. One without an address is no error here.
  const { contracts: others } = await findContracts(configuration, everyStack(configuration), process.env);
  refuseIfAny([...problems, ...sharedPlaces(everyStack(configuration), new Map([...others, ...contracts]))]);
  const contract = contracts.get(id);
  if (stack === undefined || contract === undefined) return;
  const entry = await register({
    configuration,
    stack,
    contract,
    environment: process.env,
    clock: systemClock,
    fileStore: options.dir,
    repair: options.repair,
    isNew: options.new === true,
    hasItsAddresses: ownAddresses(configuration, stack),
  });
  if (options.json === true) printJson({ ok: true, ledger: configuration.ledger.file, entry });
  else if (entry.lineage === "new")
    print(
      `${stack.stateName}: there is no state yet at ${entry.location}; the ledger says so now (${configuration.ledger.file})`,
    );
  else
    print(
      `${stack.stateName}: serial ${entry.serial}, lineage ${entry.lineage}, at ${entry.location}; written to ${configuration.ledger.file}`,
    );
  if (options.json !== true) print(`next: flywheel check ${stack.id}`);
}
