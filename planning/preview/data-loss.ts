import { catalogued } from "../../lib/addresses/catalogue";
import { parseAddress } from "../../lib/addresses/instance-address";
import { type Program } from "../../lib/addresses/program";
import { type ProgramInstance } from "../../lib/config/load";
import { type PlannedAction } from "./actions";

/** Something that holds data, and that a plan destroys or replaces. */
export interface DataLoss {
  readonly address: string;
  readonly action: "destroy" | "replace";
  /** `state.allow_destroy` names it, so that nothing refuses the plan. */
  readonly allowed: boolean;
  /** An engine refuses the plan: `prevent_destroy`. */
  readonly refused: boolean;
}

/** What of a plan loses data, in the order of addresses. */
export function dataLossOf(
  { stack }: ProgramInstance,
  actions: readonly PlannedAction[],
  program: Program,
  allowDestroy: readonly string[],
): readonly DataLoss[] {
  return actions.flatMap(({ address, action, previousAddress }): DataLoss[] => {
    if (action !== "destroy" && action !== "replace") return [];
    const parsed = parseAddress(address);
    const known = parsed === undefined ? undefined : catalogued(stack, parsed);
    const own = program.own.get(address) ?? program.own.get(parsed?.withoutOwnKey ?? address);
    if (own?.data !== true && known?.data !== true) return [];
    const names = [address, previousAddress, known?.address];
    const allowed = names.some((name) => name !== undefined && allowDestroy.includes(name));
    return [{ address, action, allowed, refused: own?.data === true }];
  });
}
