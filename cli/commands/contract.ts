import { type ContractDocument, contractDocument, contractHash } from "../../lib/backend/contract-document";
import { describeLocking, location } from "../../lib/backend/contract";
import { resolveContracts } from "../../lib/backend/resolve";
import { describeEntryWithoutStack, entriesWithoutStack } from "../../lib/config/entries-without-stack";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { note, print, printJson, table } from "../terminal";
import { otherContract, notAHash } from "./refusals";

interface ContractCommandOptions {
  readonly json?: true;
  readonly expect?: string;
}

/** `flywheel contract`: the contract that synth would use, refused where synth would refuse. With --expect, exit code 1 for another one. */
export async function contractCommand(id: string | undefined, options: ContractCommandOptions): Promise<void> {
  const expected = options.expect === undefined ? undefined : parseHash(options.expect);
  const configuration = loadConfiguration(configurationFolder());
  const stacks = selectStacks(configuration, id === undefined ? [] : [id]);
  const document = contractDocument(stacks, await resolveContracts(configuration, stacks, process.env));
  const hash = contractHash(document);
  const differs = expected !== undefined && expected !== hash;
  // Not part of the contract: it is of the stacks that there are.
  const withoutStack = id === undefined ? entriesWithoutStack(configuration) : [];
  for (const entry of withoutStack) note(describeEntryWithoutStack(entry, configuration.ledger.file));
  // One JSON document only: where the hash differs, it is the refusal.
  if (options.json !== true) print(asText(document, hash));
  else if (!differs)
    printJson({ hash, contract: document, ...(withoutStack.length === 0 ? {} : { without_stack: withoutStack }) });
  if (!differs) return;
  throw otherContract(hash, expected, id);
}

/** An empty --expect is an input that nobody filled in: it never passes for "any". */
function parseHash(text: string): string {
  const digest = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text.trim())?.[1];
  if (digest === undefined) throw notAHash(text);
  return `sha256:${digest.toLowerCase()}`;
}

function asText({ states }: ContractDocument, hash: string): string {
  const rows = states.map(({ state, contract }) => [
    state,
    contract.type,
    location(contract),
    describeLocking(contract),
  ]);
  return `${table([["state", "backend", "place", "lock"], ...rows])}\n\ncontract ${hash}`;
}
