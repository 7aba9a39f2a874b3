import { type LedgerEntry } from "../../lib/config/ledger";
import { emptyBucket, markersBlockLocks, type Random, randomFaults } from "../fault-proxy/faults";
import { type Asked, type Chooser, type Fault, type FaultProxy, startFaultProxy } from "../fault-proxy/proxy";
import { carryOut, type Ending, type Order } from "./order";
import { movableBackends, type MovableBackend } from "../../lib/config/backends";
import { type Incident, type Spell } from "./plan";
import { type Plant } from "./plants";
import { type Process, startProcess } from "./process";
import { type World } from "./world";

export interface ActorOptions {
  readonly user: string;
  readonly entry: LedgerEntry | undefined;
  readonly random: Random;
  readonly faults: number;
  readonly incident?: Incident;
  readonly spell?: Spell;
  readonly plant?: Plant;
  readonly told: (kind: string) => void;
}

/** A process takes a quarter of a second to start: it is not tried as often. */
const triesOfProcesses = 8;

const spells: Readonly<Record<Spell["kind"], Chooser>> = {
  "bucket re-created": emptyBucket(),
  "delete markers block locks": markersBlockLocks(),
};

/** A user's `flywheel cutover`, with a network and a clone of its own. */
export class Actor {
  entry: LedgerEntry | undefined;
  isDead = false;
  /** What went wrong in a way that no operator should see. */
  readonly unexpected: string[] = [];
  #requests = 0;
  #process: Process | undefined;
  readonly #happened: Promise<void>;
  #happen: () => void = () => undefined;
  #resume: () => void = () => undefined;
  readonly #resumed: Promise<void>;
  readonly #skew: number;

  private constructor(
    private readonly world: World,
    private readonly options: ActorOptions,
    private readonly proxies: Readonly<Record<MovableBackend, FaultProxy>>,
  ) {
    this.entry = options.entry;
    this.#happened = new Promise((resolve) => (this.#happen = resolve));
    this.#resumed = new Promise((resolve) => (this.#resume = resolve));
    // Nobody's clock is right.
    this.#skew = Math.floor((options.random() - 0.5) * 4 * 86_400_000);
    for (const side of movableBackends) {
      const byChance = randomFaults(options.random, options.faults, side, options.told);
      proxies[side].choose(
        (asked, number) =>
          this.#incident() ?? (side === "s3" ? this.#spell(asked, number) : undefined) ?? byChance(asked, number),
      );
    }
  }

  static async open(world: World, options: ActorOptions): Promise<Actor> {
    const [s3, http] = await Promise.all([startFaultProxy(world.straight.s3), startFaultProxy(world.straight.http)]);
    return new Actor(world, options, { s3, http });
  }

  /** Resolves when the incident happened. */
  get happened(): Promise<void> {
    return this.#happened;
  }

  /** What others can pull from this user: nothing from a machine that is gone. */
  get shared(): LedgerEntry | undefined {
    return this.isDead && !this.#isProcess ? undefined : this.entry;
  }

  /** Lets a paused process go on. */
  resume(): void {
    this.#resume();
  }

  /** Types the command until it succeeds, or the process is dead. False where it gave up. */
  async insist(verb: "cutover" | "abort", to: MovableBackend, tries: number): Promise<boolean> {
    const work = async (): Promise<boolean> => {
      for (
        let attempt = 0;
        attempt < (this.#isProcess ? Math.min(tries, triesOfProcesses) : tries) && !this.isDead;
        attempt += 1
      ) {
        const code = await this.type(verb, to);
        if (code === undefined) return true;
        if (verb === "abort" && ["nothing-to-abort", "too-late-to-abort"].includes(code)) return false;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return false;
    };
    const death = this.#happened.then(() =>
      this.options.incident?.kind === "pause" ? new Promise<boolean>(() => undefined) : false,
    );
    return Promise.race([work(), death]);
  }

  /** Types the command once; the code of its refusal, or undefined. */
  async type(verb: "cutover" | "abort", to: MovableBackend): Promise<string | undefined> {
    const { refused, unexpected } = (await this.#carriedOut(this.#order(verb, to))) ?? { refused: "killed" };
    if (unexpected !== undefined && !this.isDead) this.unexpected.push(`${this.options.user}: ${unexpected}`);
    return unexpected === undefined ? refused : "unexpected";
  }

  async close(): Promise<void> {
    this.isDead = true;
    this.#resume();
    await this.#process?.kill();
    await Promise.all([this.proxies.s3.close(), this.proxies.http.close()]);
  }

  get #isProcess(): boolean {
    return this.options.incident?.kind === "kill before" || this.options.incident?.kind === "kill after";
  }

  async #carriedOut(order: Order): Promise<Ending | undefined> {
    const { environment } = this.world;
    if (!this.#isProcess)
      return carryOut(order, environment, (entry) => (this.entry = this.isDead ? this.entry : entry));
    this.#process = startProcess(order, environment, (entry) => (this.entry = entry));
    return this.#process.ended;
  }

  /** What happens to the request that has just come; undefined where it is left to chance. */
  #incident(): Fault | undefined {
    const { incident, told } = this.options;
    this.#requests += 1;
    if (incident === undefined || this.#requests !== incident.at) return undefined;
    told(incident.kind);
    switch (incident.kind) {
      case "pause":
        this.#happen();
        return { before: () => this.#resumed };
      case "kill before":
        // The answer is for nobody.
        return { instead: async () => (await this.#kill(), { status: 503, body: "" }) };
      case "kill after":
        return { after: () => this.#kill() };
      case "death before":
      case "death after":
        this.isDead = true;
        setImmediate(() => {
          for (const proxy of Object.values(this.proxies)) proxy.die();
          this.#happen();
        });
        return incident.kind === "death before" ? "lose-request" : "lose-reply";
    }
  }

  /** What another bucket, or another server, would answer; undefined where this is neither. */
  #spell(asked: Asked, number: number): Fault | undefined {
    const { spell, told } = this.options;
    if (spell === undefined || number < spell.at || number >= spell.at + spell.requests) return undefined;
    const fault = spells[spell.kind](asked, number);
    if (fault !== "pass") told(spell.kind);
    return fault === "pass" ? undefined : fault;
  }

  async #kill(): Promise<void> {
    this.isDead = true;
    await this.#process?.kill();
    this.#happen();
  }

  #order(verb: "cutover" | "abort", to: MovableBackend): Order {
    const { user, plant } = this.options;
    const ways = { s3: this.proxies.s3.url, http: this.proxies.http.url };
    return {
      verb,
      to,
      user,
      ...(this.entry === undefined ? {} : { entry: this.entry }),
      skew: this.#skew,
      places: this.world.places,
      ways,
      ...(plant === undefined ? {} : { plant }),
    };
  }
}
