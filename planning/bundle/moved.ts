import { canonicalJson } from "../../lib/backend/contract-document";
import { type Problem } from "../../lib/errors";
import { type Standing } from "./now";
import { movedSince } from "./refusals";

/** Whether `--if-equal` may plan again where it moved, and see whether the plan is the same. */
const mayMove: readonly (keyof Standing)[] = ["state", "program", "configuration", "synthesized"];

const names: Readonly<Record<keyof Standing, string>> = {
  id: "the stack",
  recipients: "who can open bundles (state.plan.recipients)",
  program: "the program's contents",
  configuration: "the configuration's contents",
  contract: "the contract",
  place: "the place of the state",
  state: "the state",
  generation: "the state's generation",
  engine: "the engine",
  providers: "the provider lock (.terraform.lock.hcl)",
  cluster: "the cluster",
  synthesized: "what is synthesized",
};

const order: readonly (keyof Standing)[] = [
  "id",
  "place",
  "contract",
  "generation",
  "cluster",
  "recipients",
  "engine",
  "providers",
  "state",
  "configuration",
  "program",
  "synthesized",
];

/** One thing that is not as it was when the plan was made. */
export interface Moved {
  readonly problem: Problem;
  /** Equal is enough: a new plan that does the very same may go on. */
  readonly mayMove: boolean;
}

/** All that moved, each exactly. Another lineage never may. */
export function whatMoved(receipt: Standing, now: Standing): readonly Moved[] {
  return order
    .filter((key) => canonicalJson(receipt[key]) !== canonicalJson(now[key]))
    .map((key) => ({
      mayMove: mayMove.includes(key) && !isOtherLineage(key, receipt, now),
      problem: movedSince(
        key,
        { thing: names[key], then: textOf(receipt[key]), now: textOf(now[key]) },
        remedyFor(key),
      ),
    }));
}

function isOtherLineage(key: keyof Standing, receipt: Standing, now: Standing): boolean {
  return key === "state" && receipt.state !== null && receipt.state.lineage !== now.state?.lineage;
}

function textOf(value: unknown): string {
  if (value === null) return "none";
  return typeof value === "string" || typeof value === "number" ? String(value) : canonicalJson(value);
}

function remedyFor(key: keyof Standing): string {
  if (key === "engine") return "FLYWHEEL_ENGINE names the engine; use the one that made the plan, or plan again";
  if (key === "cluster") return "See which cluster this kubeconfig reaches. Where it is the right one, plan again";
  return mayMove.includes(key)
    ? "Plan again, or let it be planned again here and go on where it does the very same: --if-equal"
    : "Plan again: flywheel plan ID --out NAME.flyplan";
}
