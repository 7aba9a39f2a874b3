import { readGeneration } from "../../authority/ledger/generation";
import { type LedgerEntry } from "../../lib/config/ledger";
import { type Actor } from "./actor";
import { type Errored, StoreOutage } from "./outage";
import { type MovableBackend } from "../../lib/config/backends";
import { type Moment, moments, type Outage } from "./plan";
import { type Plant } from "./plants";
import { unlockByName } from "./finish";
import { tryRecover } from "./recovery";
import { type World } from "./world";
import { type Accepted } from "./writers";
import { traceOf } from "../../lib/errors";

interface AftermathOptions {
  readonly world: World;
  readonly plan: Outage;
  readonly to: MovableBackend;
  /** Where the state was before it was ever moved. */
  readonly begun: MovableBackend;
  /** Somebody whose network is whole, and who tries to move the state while the dead lock is there. */
  readonly dan: Actor;
  /** The newest entry that anybody has shared. */
  readonly ledger: () => LedgerEntry | undefined;
  readonly plant: Plant | undefined;
  readonly tell: (kind: string) => void;
}

const triesAtOnce = 30;

/**
 * What follows an outage in the middle of an apply: while the dead engine's lock is there nobody moves the state; its operator gives
 * the lock back by its ID, and puts back what was not saved.
 */
export class Aftermath {
  readonly outage: StoreOutage;
  readonly recovered: Accepted[] = [];
  readonly found: string[] = [];
  #isUnlocked = false;
  #isOver = false;
  readonly #soon: Promise<void>;

  constructor(private readonly options: AftermathOptions) {
    this.outage = new StoreOutage(options.plan.at);
    this.#soon = this.outage.happened
      .then(async (errored) => {
        if (errored === undefined) return;
        options.tell("the store down from mid-apply until the engine exited");
        await this.#underDeadLock();
        await this.#lookAfter("soon", errored);
      })
      .catch((error: unknown) => void this.found.push(`looking after a dead apply failed: ${traceOf(error)}`));
  }

  /** Who tried to move the state under the dead lock. */
  get dan(): Actor {
    return this.options.dan;
  }

  /** What is due at this moment, where the outage happened. */
  async at(moment: Exclude<Moment, "soon">): Promise<void> {
    this.outage.over();
    await this.#soon;
    const errored = await this.outage.happened;
    if (errored !== undefined) await this.#lookAfter(moment, errored);
  }

  async #underDeadLock(): Promise<void> {
    const { world, to, dan, ledger, tell } = this.options;
    const isThere = (await readGeneration(world.straightBucket, world.key))?.backend === to;
    dan.entry = ledger();
    let code = await dan.type("cutover", to);
    // The others try at the same time, and are refused too.
    for (
      let attempt = 0;
      attempt < 10 && (code === "cutover-taken-over" || code === "cutover-aborting");
      attempt += 1
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      code = await dan.type("cutover", to);
    }
    tell(`a cutover under a dead apply's lock: ${code ?? "it was there already"}`);
    if (code === undefined && !isThere) this.found.push("a cutover went through while a dead apply held the lock");
  }

  async #lookAfter(moment: Moment, errored: Errored): Promise<void> {
    const { world, plan, to, begun, ledger, plant, tell } = this.options;
    const isDue = (planned: Moment) => moments.indexOf(planned) <= moments.indexOf(moment);
    if (isDue(plan.unlock) && !this.#isUnlocked) {
      await world.state(errored.side).unlock(errored.lock);
      this.#isUnlocked = true;
    }
    if (!isDue(plan.recover)) return;
    for (let attempt = 0; attempt < triesAtOnce && !this.#isOver; attempt += 1) {
      const outcome = await tryRecover(world, errored, begun, ledger(), plant);
      this.#isOver = outcome.kind !== "later";
      if (outcome.kind === "recovered") {
        this.recovered.push(outcome.write);
        tell(`recovered ${moment}, at ${outcome.write.side === errored.side ? "the same place" : "the other place"}`);
      } else if (outcome.kind === "refused")
        tell(`recovery refused ${moment}, by somebody's write meanwhile: ${outcome.code}`);
      else if (outcome.kind === "wrong") this.found.push(outcome.what);
      else if (moment === "after the move") {
        // Whoever reads the refusal does what it says: nobody moves or applies any more, and a lock that is left is given back.
        await unlockByName(world, to, tell);
        if (attempt === triesAtOnce - 1)
          this.found.push(`a state that an engine could not save can't be put back: ${outcome.code}`);
      }
      if (!this.#isOver) await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
