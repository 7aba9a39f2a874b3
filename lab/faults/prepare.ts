import { type LedgerEntry } from "../../lib/config/ledger";
import { type Actor } from "./actor";
import { documentOf } from "./document";
import { otherBackend, type MovableBackend } from "../../lib/config/backends";
import { type Plan } from "./plan";
import { type World } from "./world";

/** Who applies: on both backends, except where that would be two live states from before the move. */
export function clients({ to, olderCopy, sameObject }: Plan): readonly MovableBackend[] {
  return olderCopy && !sameObject ? [otherBackend(to)] : ["http", "s3"];
}

/** Where the state is before it is ever moved. */
export function begunAt({ to, olderCopy, sameObject }: Plan): MovableBackend {
  return olderCopy && !sameObject && to === "http" ? "s3" : "http";
}

/** Puts the first state where the move starts. Returns the ledger entry that everybody has. */
export async function prepare(world: World, plan: Plan, mover: () => Promise<Actor>): Promise<LedgerEntry | undefined> {
  const put = async (side: MovableBackend, serial: number) => {
    const state = world.state(side);
    const info = {
      ID: `first-${side}`,
      Operation: "OperationTypeApply",
      Info: "",
      Who: "setup",
      Version: "",
      Created: "2026-04-16T09:12:00Z",
      Path: "",
    };
    await state.lock(info);
    await state.write(documentOf(serial, []), info.ID);
    await state.unlock(info.ID);
  };
  const begun = begunAt(plan);
  if (plan.olderCopy && !plan.sameObject) await put(plan.to, 1);
  await put(begun, 3);
  if (plan.to !== begun) return undefined;
  const setup = await mover();
  if (!(await setup.insist("cutover", "s3", 3))) throw new Error("the first move failed");
  return setup.entry;
}
