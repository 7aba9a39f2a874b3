import { checkBackups } from "../../authority/check/evidence/backups";
import { disposableStack } from "../../authority/check/evidence/disposable";
import { checkReach } from "../../authority/check/evidence/reach";
import { checkRetention } from "../../authority/check/evidence/retention";
import { checkSeparation } from "../../authority/check/evidence/separation";
import { type CheckLine } from "../../authority/check/line";
import { systemClock } from "../../authority/clock";
import { openStateStore } from "../../authority/state/open-state-store";
import { isMovable } from "../../authority/state/movable";
import { stateKey } from "../../authority/state/state-key";
import { type StateContract } from "../../lib/backend/contract";
import { type Configuration, type StackInstance, everyStack } from "../../lib/config/load";

interface EvidenceOptions {
  readonly configuration: Configuration;
  readonly stacks: readonly StackInstance[];
  readonly contracts: ReadonlyMap<string, StateContract>;
  readonly readOnly: boolean;
}

/** What `check --deep` looks at beside what every check does: what is to be known before a store is trusted. */
export async function evidence(options: EvidenceOptions): Promise<readonly CheckLine[]> {
  const { configuration, stacks, contracts } = options;
  const authority = configuration.organization.state.s3?.authority;
  const opening = authority === undefined ? {} : { authority };
  const backups = stacks.flatMap((stack) => {
    const contract = contracts.get(stack.id);
    if (contract === undefined || !isMovable(configuration, stack)) return [];
    const serial = async () => {
      const place = openStateStore(contract, process.env, authority);
      return place
        .read()
        .then((state) => state?.serial)
        .finally(() => place.close());
    };
    return [checkBackups({ configuration, stack, environment: process.env, serial, clock: systemClock })];
  });
  const [first] = stacks.flatMap((stack) => {
    const contract = contracts.get(stack.id);
    return contract === undefined ? [] : [{ stack, contract }];
  });
  return [
    ...(await inBucket(options)),
    ...(await Promise.all(backups)).flat(),
    await checkSeparation(configuration),
    ...(first === undefined || options.readOnly
      ? []
      : [await disposableStack({ ...first, ...opening, environment: process.env, clock: systemClock })]),
  ];
}

/** By the credentials of the bucket, where a stack here is reached by them. */
async function inBucket({ configuration, stacks, contracts }: EvidenceOptions): Promise<readonly CheckLine[]> {
  const [place] = [...contracts.values()].filter((contract) => contract.type === "s3");
  if (place === undefined) return [];
  const environments = new Set(stacks.map(({ environment }) => environment));
  const others = everyStack(configuration)
    .filter((stack) => !environments.has(stack.environment) && isMovable(configuration, stack))
    .map((stack) => ({ id: stack.id, key: stateKey(configuration, stack) }));
  const keys = [...contracts.values()].flatMap((contract) => (contract.type === "s3" ? [contract.key] : []));
  return [
    ...(await checkReach({ place, environment: process.env, others })),
    await checkRetention(place, process.env, keys),
  ];
}
