import { checkLine, type CheckLine } from "../authority/check/line";
import { openBucket } from "../authority/check/places";
import { proveReader } from "../authority/check/reader";
import { openBesideState } from "../authority/lease/beside-state";
import { refuseWhileAllIsFrozen } from "../authority/lease/all-frozen";
import { refuseHeldOff } from "../authority/lease/held-off";
import { openFamilies } from "../authority/state/backends";
import { servedAt } from "../authority/state/open-state-store";
import { isMovable } from "../authority/state/movable";
import { stateKey } from "../authority/state/state-key";
import { type StateContract } from "../lib/backend/contract";
import { type Configuration, type StackInstance } from "../lib/config/load";

/** That these credentials cannot write, at every place that they open. */
export async function checkReader(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): Promise<readonly CheckLine[]> {
  const { bucket } = openBucket(configuration, process.env, isHttpOnly(contracts));
  try {
    const lines = await Promise.all(
      stacks.map((stack) => {
        const contract = contracts.get(stack.id);
        const served = contract === undefined ? undefined : servedAt(contract);
        return proveReader({
          id: stack.id,
          ...(bucket === undefined ? {} : { bucket: { raw: bucket.raw, stateKey: stateKey(configuration, stack) } }),
          ...(served === undefined ? {} : { served }),
          environment: process.env,
        });
      }),
    );
    return lines.flat();
  } finally {
    bucket?.raw.close();
    bucket?.store.close();
  }
}

/** Whether no state of these is in a bucket of its own right. */
export function isHttpOnly(contracts: ReadonlyMap<string, StateContract>): boolean {
  return [...contracts.values()].every(({ type }) => !openFamilies[type].isInBucket);
}

/** Who applies now, and freezes. Where nothing is kept beside a state there is no line. */
export async function checkHeldOff(
  configuration: Configuration,
  stacks: readonly StackInstance[],
  contracts: ReadonlyMap<string, StateContract>,
): Promise<readonly CheckLine[]> {
  const lines: CheckLine[] = [];
  for (const stack of stacks) {
    const contract = contracts.get(stack.id);
    if (contract === undefined) continue;
    lines.push(
      await checkLine(`${stack.id}: lease, freeze`, async () => {
        if (!isMovable(configuration, stack)) {
          const told: string[] = [];
          await refuseWhileAllIsFrozen(configuration, process.env, (line) => void told.push(line));
          return told.length === 0 ? "nothing is frozen; a Secret has no lease" : { note: told.join("; ") };
        }
        const beside = await openBesideState(configuration, stack, contract, process.env);
        await refuseHeldOff(beside).finally(() => beside.close());
        return "nobody applies, and nothing is frozen";
      }),
    );
  }
  return lines.filter(({ problems = [] }) => !problems.some(({ code }) => code === "nothing-beside"));
}
