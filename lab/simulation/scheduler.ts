import { type Clock } from "../../authority/clock";
import { type Choices } from "./choices";

/** What may happen to one operation instead of plain success. */
export type Fault =
  /** The process dies before, or after the effect. */
  | "die-before"
  | "die-after"
  /** The caller hears of a failure and nothing happened; or it had happened; or it happens some time later. */
  | "outage"
  | "lost"
  | "late"
  /** The client at the other end stops waiting, or dies; the server goes on. */
  | "abandon"
  | "caller-dies";

interface Parked {
  /** Virtual time from which on it can run. */
  readonly from: number;
  readonly proceed: () => void;
}

/** A process, or one request in a server: it runs alone from one operation to the next. */
export interface Task {
  readonly name: string;
  readonly clock: Clock;
  /** The client that waits for this request; only for servers. */
  caller?: { readonly task: Task; fail: () => void } | undefined;
  parked?: Parked | undefined;
  dead: boolean;
}

/** An operation at which the scheduler decides. */
interface Operation<T> {
  readonly label: string;
  readonly faults: readonly Fault[];
  effect(): T;
  /** What the caller hears of a failure; true where the effect may have happened. */
  failure(mayHaveHappened: boolean): Error;
}

const stepMilliseconds = 40;

/**
 * Runs tasks one at a time, and decides at every operation who is next and what fails. A task stops before its operation; the
 * effect and all that the task does by itself up to its next operation is one step. Nothing is lost by not stopping after the
 * effect too: what runs there touches nothing shared, and the faults say whether a death or a lost reply came before or after.
 *
 * A killed task is never resumed, so no `finally` of it runs: that is what kill -9 does.
 */
export class Scheduler {
  /** One line for each step, for those who want to read a run. */
  readonly trace: string[] = [];
  readonly #tasks: Task[] = [];
  #now = Date.UTC(2026, 3, 16, 9, 12);
  #running = 0;
  #idle: (() => void) | undefined;
  #last: Task | undefined;
  #error: Error | undefined;

  constructor(
    public choices: Choices,
    /** How many faults this run may still have. */
    public faultsLeft: number,
    private readonly options: {
      readonly trace: boolean;
      readonly afterStep: () => boolean;
      readonly stepLimit: number;
    },
  ) {}

  /** A process with a clock of its own, `skew` milliseconds off. */
  task(name: string, skew = 0): Task {
    let ids = 0;
    const clock: Clock = { now: () => new Date(this.#now + skew), uniqueId: () => `${name}-${(ids += 1)}` };
    const task: Task = { name, clock, dead: false };
    this.#tasks.push(task);
    return task;
  }

  /** Starts a process; `run` begins with the first step that the scheduler gives it. */
  start(task: Task, run: () => Promise<void>): void {
    this.#park(task, 0, () => {
      void run().then(
        () => this.#stop(task),
        (error: unknown) => this.#fail(error),
      );
    });
  }

  /** Waits in virtual time. */
  sleep(task: Task, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#park(task, this.#now + milliseconds, resolve);
      this.#pause();
    });
  }

  /** One operation of a task. */
  async operate<T>(task: Task, operation: Operation<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#park(task, 0, () => this.#perform(task, operation, resolve, reject));
      this.#pause();
    });
  }

  /** Asks a server: its work is a task of its own, which can outlive the waiting and the client. */
  async request<T>(client: Task, name: string, noAnswer: () => Error, work: (server: Task) => Promise<T>): Promise<T> {
    const server = this.task(name);
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => {
        this.#stop(server, () => {
          if (server.caller === undefined || client.dead) return;
          server.caller = undefined;
          this.#running += 1;
          settle();
        });
      };
      server.caller = {
        task: client,
        fail: () => {
          server.caller = undefined;
          if (client.dead) return;
          this.#running += 1;
          reject(noAnswer());
        },
      };
      // The client waits; the server runs in the same step, up to its first operation.
      work(server).then(
        (value) => answer(() => resolve(value)),
        (error: unknown) => answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  /** Runs until nothing can run any more, or `afterStep` says stop. */
  async run(): Promise<void> {
    for (let steps = 0; ; steps += 1) {
      if (steps > this.options.stepLimit) throw new Error(`a run of more than ${this.options.stepLimit} steps`);
      const task = this.#next();
      if (task?.parked === undefined) return;
      const { proceed } = task.parked;
      task.parked = undefined;
      this.#last = task;
      this.#now += stepMilliseconds;
      this.#running += 1;
      const idle = new Promise<void>((resolve) => (this.#idle = resolve));
      proceed();
      await idle;
      if (this.#error !== undefined) throw this.#error;
      if (!this.options.afterStep()) return;
    }
  }

  kill(task: Task): void {
    task.dead = true;
    task.parked = undefined;
  }

  #next(): Task | undefined {
    const waiting = this.#tasks.filter(({ dead, parked }) => !dead && parked !== undefined);
    let ready = waiting.filter(({ parked }) => (parked?.from ?? 0) <= this.#now);
    if (ready.length === 0 && waiting.length > 0) {
      this.#now = Math.min(...waiting.map(({ parked }) => parked?.from ?? 0));
      ready = waiting.filter(({ parked }) => (parked?.from ?? 0) <= this.#now);
    }
    if (this.#last !== undefined && ready.includes(this.#last))
      ready = [this.#last, ...ready.filter((task) => task !== this.#last)];
    return ready.length < 2 ? ready[0] : ready[this.choices.task(ready.map(({ name }) => name))];
  }

  #perform<T>(task: Task, operation: Operation<T>, resolve: (value: T) => void, reject: (error: Error) => void): void {
    const fault = this.#fault(task, operation);
    if (this.options.trace)
      this.trace.push(`${task.name}: ${operation.label}${fault === undefined ? "" : ` [${fault}]`}`);
    switch (fault) {
      case undefined:
        return this.#attempt(operation, resolve, reject);
      case "outage":
        return reject(operation.failure(false));
      case "lost":
        return this.#attempt(operation, () => reject(operation.failure(true)), reject);
      case "late":
        this.#later(task, operation);
        return reject(operation.failure(true));
      case "die-before":
      case "die-after":
        if (fault === "die-after")
          this.#attempt(
            operation,
            () => undefined,
            () => undefined,
          );
        return this.#die(task);
      case "abandon":
      case "caller-dies":
        return this.#leave(task, fault, () => this.#perform(task, { ...operation, faults: [] }, resolve, reject));
    }
  }

  #fault(task: Task, { faults }: Pick<Operation<unknown>, "faults">): Fault | undefined {
    if (this.faultsLeft < 1 || faults.length === 0) return undefined;
    const possible: readonly Fault[] = task.caller === undefined ? faults : [...faults, "abandon", "caller-dies"];
    const chosen = this.choices.fault(possible.length);
    if (chosen === 0) return undefined;
    this.faultsLeft -= 1;
    return possible[chosen - 1];
  }

  #attempt<T>(operation: Operation<T>, resolve: (value: T) => void, reject: (error: Error) => void): void {
    let value: T;
    try {
      value = operation.effect();
    } catch (error) {
      return reject(error instanceof Error ? error : new Error(String(error)));
    }
    resolve(value);
  }

  /** The request is still on its way. */
  #later<T>(task: Task, operation: Operation<T>): void {
    const straggler = this.task(`${task.name}'s straggler`);
    this.#park(straggler, 0, () => {
      if (this.options.trace) this.trace.push(`${straggler.name}: ${operation.label}`);
      this.#attempt(
        operation,
        () => undefined,
        () => undefined,
      );
      this.#stop(straggler);
    });
  }

  #die(task: Task): void {
    this.kill(task);
    task.caller?.fail();
    this.#pause();
  }

  /** The server's request stays where it is, and is a step of its own later. */
  #leave(task: Task, fault: "abandon" | "caller-dies", proceed: () => void): void {
    const { caller } = task;
    this.#park(task, 0, proceed);
    task.caller = undefined;
    if (fault === "caller-dies" && caller !== undefined) this.kill(caller.task);
    else caller?.fail();
    this.#pause();
  }

  #park(task: Task, from: number, proceed: () => void): void {
    task.parked = { from, proceed };
  }

  #stop(task: Task, then: () => void = () => undefined): void {
    task.dead = true;
    then();
    this.#pause();
  }

  #fail(error: unknown): void {
    this.#error = error instanceof Error ? error : new Error(String(error));
    this.#pause();
  }

  #pause(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#idle?.();
    if (this.#error !== undefined) this.#idle?.();
  }
}
