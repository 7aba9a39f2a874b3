import { freeze, thaw } from "../../authority/lease/freeze";
import { type ConditionalObject } from "../../authority/lease/conditional-object";
import { amendSubmission, readApplies } from "../../authority/lease/applies";
import { type BesideFacts, describeFreeze, describeLease } from "../../authority/lease/facts";
import { type BesideState, openBesideState } from "../../authority/lease/beside-state";
import { isMovable } from "../../authority/state/movable";
import { resolveContracts } from "../../lib/backend/resolve";
import { configurationFolder, loadConfiguration } from "../../lib/config/load";
import { selectStacks } from "../../lib/config/select";
import { whoAmI } from "../who";
import { ownAcknowledgement } from "../../planning/bundle/refusals";
import { wrongOption } from "../refusals";
import { print } from "../terminal";

/** `flywheel freeze`: nothing is applied, moved or restored until it is thawed, or over. */
export async function freezeCommand(
  target: string,
  { why, until }: { readonly why: string; readonly until?: string },
): Promise<void> {
  if (why.trim() === "") throw wrongOption("--why is empty", "a reason: who is stopped reads it");
  const end = until === undefined ? undefined : new Date(until);
  if (end !== undefined && (Number.isNaN(end.getTime()) || end.getTime() <= Date.now()))
    throw wrongOption(`--until is "${until ?? ""}"`, "a time to come, such as 2026-12-01T08:00:00Z");
  const now = new Date();
  await withPlaces(target, async (objects) => {
    const who = whoAmI();
    for (const object of objects)
      await freeze(
        object,
        { version: 1, who, since: now.toISOString(), why, ...(end === undefined ? {} : { until: end.toISOString() }) },
        now,
      );
    print(
      `${target}: frozen${end === undefined ? "" : ` until ${end.toISOString()}`}. When it is over: flywheel thaw ${target}`,
    );
  });
}

/** `flywheel thaw`. */
export async function thawCommand(target: string): Promise<void> {
  await withPlaces(target, async (objects) => {
    const ended = [];
    for (const object of objects) {
      const before = await thaw(object);
      if (before !== undefined) ended.push(before);
    }
    const [first] = ended;
    print(
      first === undefined
        ? `${target}: was not frozen`
        : `${target}: thawed; it was frozen by ${first.who} since ${first.since}: ${first.why}`,
    );
  });
}

/** `flywheel acknowledge`: a second person has seen what was applied with a condition lifted. */
export async function acknowledgeCommand(id: string, { why }: { readonly why: string }): Promise<void> {
  if (why.trim() === "") throw wrongOption("--why is empty", "what was looked at");
  await withBeside([id], async ([beside]) => {
    if (beside === undefined) return;
    const open = (await readApplies(beside.applies)).applies.filter(
      ({ broken }) => broken !== undefined && broken.acknowledged === undefined,
    );
    if (open.length === 0) return print(`${id}: nothing is to be acknowledged`);
    const who = whoAmI();
    for (const one of open) {
      if (`${one.who}@${one.host}` === who || one.who === who.split("@")[0]) throw ownAcknowledgement(id, one);
      const acknowledged = { who, at: new Date().toISOString(), why };
      await amendSubmission(beside.applies, one.id, (known) =>
        known.broken === undefined ? known : { ...known, broken: { ...known.broken, acknowledged } },
      );
      print(`${id}: acknowledged what ${one.who} applied at ${one.at} without ${one.broken?.gates.join(", ") ?? ""}`);
    }
  });
}

/** One line for each thing of a state that somebody should know: leases, freezes, lifted conditions. */
export function remarksOn(id: string, { lease, freezes, applies }: BesideFacts): readonly string[] {
  return [
    ...(lease === undefined ? [] : [`${id}: ${describeLease(lease)}`]),
    ...freezes.map((freeze) => `${id}: ${describeFreeze(freeze)}`),
    ...applies.flatMap(({ who, host, at, broken }) =>
      broken === undefined || broken.acknowledged !== undefined
        ? []
        : [
            `${id}: ${who} on ${host} applied at ${at} without ${broken.gates.join(", ")}: ${broken.why}; flywheel acknowledge ${id}`,
          ],
    ),
  ];
}

async function withPlaces(
  target: string,
  work: (objects: readonly ConditionalObject[]) => Promise<void>,
): Promise<void> {
  await withBeside(target === "all" ? [] : [target], async (besides) => {
    const objects = besides.map(({ freeze: own, freezeAll }) => (target === "all" ? freezeAll : own));
    // Behind one server, or in one bucket, it is one object.
    await work([...new Map(objects.map((object) => [object.description, object])).values()]);
  });
}

async function withBeside(
  ids: readonly string[],
  work: (besides: readonly BesideState[]) => Promise<void>,
): Promise<void> {
  const configuration = loadConfiguration(configurationFolder());
  // A Secret has nothing beside it: its stack is held off by the freeze of all others, and has none of its own.
  const stacks = selectStacks(configuration, ids).filter((stack) => ids.length > 0 || isMovable(configuration, stack));
  const contracts = await resolveContracts(configuration, stacks, process.env);
  const open: BesideState[] = [];
  try {
    for (const stack of stacks) {
      const contract = contracts.get(stack.id);
      if (contract !== undefined) open.push(await openBesideState(configuration, stack, contract, process.env));
    }
    await work(open);
  } finally {
    for (const one of open) one.close();
  }
}
