import { catalogued } from "../../lib/addresses/catalogue";
import { parseAddress } from "../../lib/addresses/instance-address";
import { isRecord } from "../../lib/config/kind";
import { type ProgramInstance } from "../../lib/config/load";
import { type Problem } from "../../lib/errors";
import { actionOf } from "../preview/actions";
import { type PlanDocument, type ResourceChange } from "../preview/plan-document";
import { type AttributeChange, attributeChanges, pathText } from "./attribute-changes";
import { mustBeReplaced, reasonFor } from "./reasons";
import { wouldChange } from "./refusals";

/** What the first plan on a state does, by what an operator has to think about it. No values: they may be secrets. */
export interface Adoption {
  /** The same object under another address: nothing happens to it. */
  readonly moved: readonly Moved[];
  readonly changed: readonly Changed[];
  /**
   * Made anew: Jobs that expire (`ttl_seconds_after_finished`). Their cluster has removed them by now, so that there is nothing to replace,
   * whatever the state still has.
   */
  readonly added: readonly Changed[];
  /** Replaced, as they have to be: Jobs, whose pod template cannot change. */
  readonly replaced: readonly Changed[];
  /** Addresses that state.release takes out of the state; what they name stays. */
  readonly forgotten: readonly string[];
  /** Destroyed or replaced because state.allow_destroy names it. */
  readonly destroyed: readonly string[];
  /** What must not happen, or was not foreseen. Nothing is adopted while there is any. */
  readonly refused: readonly Problem[];
}

interface Moved {
  readonly address: string;
  readonly from: string;
}

export interface Changed {
  readonly address: string;
  readonly from?: string;
  readonly attributes: readonly { readonly path: string; readonly reason?: string }[];
}

/**
 * Groups a plan on a state. `stateProblems`: what the state has and no plan may touch. `allowDestroy`: what it may destroy all the same.
 * `placeholders`: what stood in for secrets, by their names.
 */
export function adoptionOf(
  stack: ProgramInstance,
  plan: PlanDocument,
  stateProblems: readonly Problem[],
  allowDestroy: readonly string[],
  placeholders: ReadonlyMap<string, string> = new Map(),
): Adoption {
  const changes = (plan.resource_changes ?? []).filter(({ mode }) => mode === "managed");
  const textsChange = changes.some(
    ({ type, change }) => /^kubernetes_(config_map|secret)/.test(type) && change.actions.includes("update"),
  );
  const explained = (resource: ResourceChange) => explain(stack, resource, textsChange, placeholders);
  const of = (...actions: string[]) =>
    changes.filter((change) => actions.includes(actionOf(change))).sort((a, b) => (a.address < b.address ? -1 : 1));
  const isAllowed = ({ address, previous_address: from }: ResourceChange) =>
    allowDestroy.includes(address) ||
    (from !== undefined && allowDestroy.includes(from)) ||
    allowDestroy.includes(knownAs(stack, from ?? address));
  const named = new Set(stateProblems.map(({ key }) => key));
  const replacements = of("replace")
    .filter((change) => !isAllowed(change) && !named.has(change.address))
    .map((resource) => ({ resource, changed: explained(resource) }));
  const isExpected = ({ resource, changed }: (typeof replacements)[number]) =>
    mustBeReplaced(resource.type) && changed.attributes.every(({ reason }) => reason !== undefined);
  const expired = replacements.filter((replacement) => isExpected(replacement) && expires(replacement.resource));
  const additions = of("add");
  return {
    moved: changes.flatMap(({ address, previous_address: from }) => (from === undefined ? [] : [{ address, from }])),
    changed: of("change").map(explained),
    added: [
      ...additions.filter(expires).map(({ address }) => ({ address, attributes: [] })),
      ...expired.map(({ changed }) => changed),
    ],
    replaced: replacements
      .filter((replacement) => isExpected(replacement) && !expired.includes(replacement))
      .map(({ changed }) => changed),
    forgotten: of("forget").map(({ address }) => address),
    destroyed: of("destroy", "replace")
      .filter(isAllowed)
      .map(({ address }) => address),
    refused: [
      ...stateProblems,
      ...additions
        .filter((change) => !expires(change))
        .map((change) =>
          unexpected(
            stack,
            change,
            "create",
            "a resource that the state has already; where it is new, apply the old program first, or turn its setting on after the adoption",
          ),
        ),
      ...of("destroy")
        .filter((change) => !named.has(change.previous_address ?? change.address) && !isAllowed(change))
        .map((change) => unexpected(stack, change, "destroy", destroyHint(change))),
      ...replacements
        .filter((replacement) => !isExpected(replacement))
        .map(({ resource, changed }) =>
          unexpected(
            stack,
            resource,
            "replace",
            `a change in place; what forces the replacement: ${forcing(resource, changed)}`,
          ),
        ),
    ],
  };
}

/** The address that the program has this under with other settings, or the address itself. */
function knownAs({ stack }: ProgramInstance, text: string): string {
  const address = parseAddress(text);
  return (address === undefined ? undefined : catalogued(stack, address)?.address) ?? text;
}

/** A Job that its cluster removes some time after it has finished. */
function expires({ type, change }: ResourceChange): boolean {
  if (!mustBeReplaced(type)) return false;
  const job = change.before ?? change.after;
  const spec = isRecord(job) && Array.isArray(job["spec"]) ? (job["spec"][0] as unknown) : undefined;
  const seconds = isRecord(spec) ? spec["ttl_seconds_after_finished"] : undefined;
  return seconds !== undefined && seconds !== null && seconds !== "";
}

function explain(
  { stack }: ProgramInstance,
  resource: ResourceChange,
  textsChange: boolean,
  placeholders: ReadonlyMap<string, string>,
): Changed {
  const siblings = attributeChanges(resource);
  const changed = actionOf(resource) === "replace" ? siblings.filter((change) => !isOfNewObject(change)) : siblings;
  return {
    address: resource.address,
    ...(resource.previous_address === undefined ? {} : { from: resource.previous_address }),
    attributes: changed.map((change) => {
      const reason = reasonFor({ stack, type: resource.type, change, siblings, textsChange, placeholders });
      return { path: change.path, ...(reason === undefined ? {} : { reason }) };
    }),
  };
}

/** What differs because the object is a new one: what its server fills in, and zeros that a provider reads where nothing was set. */
function isOfNewObject({ before, after, unknown }: AttributeChange): boolean {
  return unknown || ((after ?? null) === null && ["", 0, "0", false].some((zero) => zero === before));
}

function unexpected(
  { id }: ProgramInstance,
  { address, previous_address: from, deposed }: ResourceChange,
  verb: "create" | "destroy" | "replace",
  expected: string,
): Problem {
  const what = deposed === undefined ? address : `the object ${deposed} that a replacement of ${address} left behind`;
  return wouldChange({ verb, address, id, what, from, expected });
}

function destroyHint({ deposed }: ResourceChange): string {
  if (deposed !== undefined) return "nothing left behind: let the old program's apply finish first";
  return "settings that have it: this program knows the resource, and the settings turned it off. Turn it on, or, where it is meant to go, name it in state.allow_destroy";
}

/** What the engine says forces it; what changed without a known reason where it says nothing. */
function forcing({ change }: ResourceChange, { attributes }: Changed): string {
  const forced = (change.replace_paths ?? []).map(pathText);
  const unexplained = attributes.filter(({ reason }) => reason === undefined).map(({ path }) => path);
  return [...new Set(forced.length > 0 ? forced : unexplained)].join(", ") || "the engine does not say";
}
