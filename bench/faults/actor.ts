import { abortCutover } from "../../authority/cutover/abort";
import { cutover, type CutoverOptions } from "../../authority/cutover/cutover";
import { type NamedPlace } from "../../authority/cutover/place";
import { type S3Store } from "../../authority/stores/s3";
import { realSurroundings } from "../../authority/surroundings";
import { type LedgerEntry } from "../../lib/config/ledger";
import { UserError } from "../../lib/errors";
import { type FaultProxy, startFaultProxy } from "../../lab/fault-proxy/proxy";
import { type Random, randomFaults } from "../../lab/fault-proxy/faults";
import { planted, type Plant } from "./plants";
import { type Side, type World } from "./world";

/** What is to happen to a process at one of its requests, counted over both stores. */
export interface Incident {
  readonly at: number;
  /** "death": kill -9, before or after the request took effect. "pause": the request waits, as in a laptop that sleeps, until `resume`. */
  readonly kind: "death before" | "death after" | "pause";
}

export interface ActorOptions {
  readonly user: string;
  readonly entry: LedgerEntry | undefined;
  readonly random: Random;
  readonly faults: number;
  readonly incident?: Incident;
  readonly plant?: Plant;
  readonly told: (kind: string) => void;
}

/** A user's `flywheel cutover`, with a network and a clone of its own. */
export class Actor {
  entry: LedgerEntry | undefined;
  isDead = false;
  /** What went wrong in a way that no operator should see. */
  readonly unexpected: string[] = [];
  #requests = 0;
  readonly #happened: Promise<void>;
  #happen: () => void = () => undefined;
  #resume: () => void = () => undefined;
  readonly #resumed: Promise<void>;
  readonly #bucket: S3Store;
  readonly #skew: number;

  private constructor(
    private readonly world: World,
    private readonly options: ActorOptions,
    private readonly proxies: Readonly<Record<Side, FaultProxy>>,
  ) {
    this.entry = options.entry;
    this.#happened = new Promise((resolve) => (this.#happen = resolve));
    this.#resumed = new Promise((resolve) => (this.#resume = resolve));
    this.#bucket = world.bucket(proxies.s3.url);
    // Nobody's clock is right.
    this.#skew = Math.floor((options.random() - 0.5) * 4 * 86_400_000);
    for (const side of ["http", "s3"] as const) {
      const byChance = randomFaults(options.random, options.faults, side, options.told);
      proxies[side].choose((asked, number) => this.#incident() ?? byChance(asked, number));
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

  /** Lets a paused process go on. */
  resume(): void {
    this.#resume();
  }

  /** Types the command until it succeeds, or the process is dead. False where it gave up. */
  async insist(verb: "cutover" | "abort", to: Side, tries: number): Promise<boolean> {
    const work = async (): Promise<boolean> => {
      for (let attempt = 0; attempt < tries && !this.isDead; attempt += 1) {
        const code = await this.type(verb, to);
        if (code === undefined) return true;
        if (verb === "abort" && ["nothing-to-abort", "too-late-to-abort"].includes(code)) return false;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return false;
    };
    const death = this.#happened.then(() => (this.options.incident?.kind === "pause" ? new Promise<boolean>(() => undefined) : false));
    return Promise.race([work(), death]);
  }

  /** Types the command once; the code of its refusal, or undefined. */
  async type(verb: "cutover" | "abort", to: Side): Promise<string | undefined> {
    const options = this.#request(to);
    try {
      if (verb === "abort") await abortCutover(options);
      else await cutover(options);
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error.problems[0]?.code ?? "unknown";
      if (!this.isDead) this.unexpected.push(`${this.options.user}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return "unexpected";
    }
  }

  async close(): Promise<void> {
    this.isDead = true;
    this.#resume();
    await Promise.all([this.proxies.s3.close(), this.proxies.http.close()]);
  }

  #incident(): "lose-request" | "lose-reply" | { before: () => Promise<unknown> } | undefined {
    const { incident, told } = this.options;
    this.#requests += 1;
    if (incident === undefined || this.#requests !== incident.at) return undefined;
    told(incident.kind);
    if (incident.kind === "pause") {
      this.#happen();
      return { before: () => this.#resumed };
    }
    this.isDead = true;
    setImmediate(() => {
      for (const proxy of Object.values(this.proxies)) proxy.die();
      this.#happen();
    });
    return incident.kind === "death before" ? "lose-request" : "lose-reply";
  }

  #request(to: Side): CutoverOptions {
    const { world } = this;
    const ways = { s3: this.proxies.s3.url, http: this.proxies.http.url };
    const place = (side: Side): NamedPlace => ({ backend: side, location: world.locations[side], state: world.state(side, ways, this.#bucket) });
    const options: CutoverOptions = {
      id: "attic",
      stack: "attic",
      environment: "dev",
      store: this.#bucket,
      stateKey: world.key,
      source: place(to === "s3" ? "http" : "s3"),
      destination: place(to),
      ledgerFile: "state-ledger.yaml",
      ...(this.entry === undefined ? {} : { ledgerEntry: this.entry }),
      who: this.options.user,
      surroundings: { now: () => new Date(Date.now() + this.#skew), uniqueId: realSurroundings.uniqueId },
      progress: () => undefined,
      record: (entry) => {
        if (!this.isDead) this.entry = entry;
      },
    };
    return this.options.plant === undefined ? options : planted(this.options.plant, options);
  }
}
