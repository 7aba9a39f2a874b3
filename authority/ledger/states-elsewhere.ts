import { everyStack } from "../../lib/config/load";
import { type ContractOf, families } from "../../lib/backend/families";
import { ownFolder } from "../../lib/config/backends/object-key";
import { contractOn } from "../../lib/backend/resolve";
import { stateSizeLimit, summarizeState } from "../state/state-summary";
import { S3Bucket } from "../stores/s3-bucket";
import { forTerminal } from "../../lib/text/terminal";
import { type Trace, type TraceSearch } from "./trace";

const atOnce = 4;
/** What our own programs and the engines put beside a state, and what is none by its name. */
const besides = /\.(tflock|cutover|generation|apply|applies|freeze|narinfo|nar|xz|zst|gz|age)$/;

/**
 * States in the bucket, at keys that no stack of the configuration has, with a lineage or the addresses of this stack. A bucket may be
 * shared with much that is no state: only objects named as states are, or with the stack's name in their key, are opened.
 */
export async function statesElsewhere(
  { configuration, stack, environment, lineages, hasItsAddresses }: TraceSearch,
  contract: ContractOf["s3"],
): Promise<readonly Trace[]> {
  const taken = new Set<string>([families.s3.location(contract)]);
  for (const other of everyStack(configuration))
    taken.add(families.s3.location(await contractOn("s3", configuration, other, environment)));
  for (const [name, entry] of configuration.ledger.entries) if (name !== stack.stateName) taken.add(entry.location);
  const bucket = new S3Bucket(contract, environment);
  try {
    const keys = (await bucket.list())
      .filter(({ key, size }) => size > 0 && size <= stateSizeLimit && mayBeState(key, contract.key, stack.stack))
      .filter(({ key }) => !taken.has(families.s3.location({ ...contract, key })));
    const found: Trace[] = [];
    for (let start = 0; start < keys.length; start += atOnce)
      found.push(...(await Promise.all(keys.slice(start, start + atOnce).map(async ({ key }) => look(key)))).flat());
    return found;
  } finally {
    bucket.close();
  }

  async function look(key: string): Promise<readonly Trace[]> {
    const bytes = (await bucket.get(key))?.bytes;
    const state = bytes === undefined ? "gone meanwhile" : summarizeState(bytes);
    if (bytes === undefined || typeof state === "string") return [];
    const isSame = lineages.includes(state.lineage);
    if (!isSame && !(await hasItsAddresses(bytes))) return [];
    const where = forTerminal(families.s3.location({ ...contract, key }));
    return [{ what: `a state with its ${isSame ? "lineage" : "addresses"} at ${where}, serial ${state.serial}`, key }];
  }
}

function mayBeState(key: string, own: string, stack: string): boolean {
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (key.split("/").includes(ownFolder) || besides.test(name)) return false;
  return /state/i.test(name) || name === own.slice(own.lastIndexOf("/") + 1) || key.includes(stack);
}
