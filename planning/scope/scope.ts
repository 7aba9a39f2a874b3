import { stringify } from "yaml";
import { type Scope, type ScopedAction } from "../../lib/config/scope";
import { matchesGlob } from "../../lib/text/glob";
import { type WhatItDoes } from "../bundle/changes";
import { type ReceiptChange } from "../bundle/receipt";

/** One thing that a plan does and that nobody admitted. */
export interface Outside {
  readonly address: string;
  readonly action: ScopedAction;
}

/** What a plan does outside a scope, in the order of addresses. */
export function outside(does: Pick<WhatItDoes, "changes" | "drift">, scope: Scope): readonly Outside[] {
  return scoped(does).filter(
    ({ address, action }) =>
      !scope.admit.some(
        (entry) => entry.actions.includes(action) && (entry.address === address || matchesGlob(entry.address, address)),
      ),
  );
}

/** The text of a scope that admits exactly this plan. */
export function scopeText(id: string, does: Pick<WhatItDoes, "changes" | "drift">): string {
  const actions = new Map<string, ScopedAction[]>();
  for (const { address, action } of scoped(does)) actions.set(address, [...(actions.get(address) ?? []), action]);
  const admit = [...actions].map(([address, list]) => ({ address, actions: list }));
  return `# What plans of ${id} may do beyond adding and changing. Review each line; remove the file when the change is made.\n${stringify({ admit })}`;
}

function scoped({ changes, drift }: Pick<WhatItDoes, "changes" | "drift">): readonly Outside[] {
  const found = [
    ...changes.flatMap((change) => scopedActionsOf(change).map((action) => ({ address: change.address, action }))),
    ...drift.map(({ address }) => ({ address, action: "drift" as const })),
  ];
  return found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/** What is moved, or imported, and replaced as well needs both. */
function scopedActionsOf({ action, previous_address, imported }: ReceiptChange): readonly ScopedAction[] {
  return [
    ...(action === "destroy" || action === "replace" || action === "forget" ? [action] : []),
    ...(previous_address === undefined ? [] : ["move" as const]),
    ...(imported === true || action === "import" ? ["import" as const] : []),
  ];
}
