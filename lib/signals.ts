import { closeSync, fstatSync, openSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** A signal has stopped this run. What was under way has ended in order; no further step may start. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** 128 and the signal's number: 130, 143, 129. */
  readonly exitCode: number;

  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.exitCode = exitCodeAfter(signal);
  }
}

/** The exit code of a program that a signal ended, as shells have it. */
export function exitCodeAfter(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

let received: NodeJS.Signals | undefined;
let holders = 0;
const running = new Set<Running>();

/** What is waited for after a signal. */
export interface Running {
  /** Asks it to end; called once, whatever number of signals comes. */
  interrupt(signal: NodeJS.Signals): void;
  /** What it is, for whoever is waiting for it. */
  readonly description: string;
}

/** To be called before each step of several. @throws Interrupted after a signal. */
export function refuseAfterSignal(): void {
  if (received !== undefined) throw new Interrupted(received);
}

/**
 * From now on, until the returned function is called, a signal ends this process in order: what is running is asked to end, and its
 * caller throws Interrupted when it has; where nothing is running the process exits, "exit" listeners included.
 */
export function holdSignals(): () => void {
  if (holders++ === 0) for (const signal of signals) process.on(signal, onSignal);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    // After a signal the handlers stay: a second signal ends the process by "exit", too.
    if (--holders === 0 && received === undefined) for (const signal of signals) process.off(signal, onSignal);
  };
}

/** As holdSignals, for something that has to be asked and waited for. @throws Interrupted after a signal: nothing may start then. */
export function whileRunning(something: Running): () => void {
  refuseAfterSignal();
  running.add(something);
  if (running.size === 1) process.on("SIGTSTP", onSuspend);
  const release = holdSignals();
  return () => {
    if (running.delete(something) && running.size === 0) process.off("SIGTSTP", onSuspend);
    release();
  };
}

/** When nothing that has to be waited for is running any more, but for `except`. */
export async function nothingRuns(except?: Running): Promise<void> {
  while ([...running].some((one) => one !== except)) await delay(20);
}

function onSignal(signal: NodeJS.Signals): void {
  if (signal === "SIGHUP" && received === undefined) process.on("exit", leaveTerminal);
  if (running.size === 0) {
    // Where somebody else listens too, it is theirs to end in order.
    if (received !== undefined || process.listenerCount(signal) === 1) process.exit(exitCodeAfter(received ?? signal));
    return;
  }
  const isFirst = received === undefined;
  received ??= signal;
  for (const something of running) {
    if (isFirst) something.interrupt(signal);
    tell(
      isFirst
        ? `${signal}: ${something.description} is asked to stop, and waited for; nothing else will be started`
        : `${signal}: still waiting for ${something.description}. It was asked once: a second time would end it before it has saved its state`,
    );
  }
}

/** Node puts the terminal back as it was when it ends, and aborts where that fails because the terminal is closed. */
function leaveTerminal(): void {
  for (const descriptor of [0, 1, 2])
    // A closed one says of itself that it is no terminal.
    if (fstatSync(descriptor).isCharacterDevice()) {
      closeSync(descriptor);
      // The lowest free number: nothing else can get it.
      openSync("/dev/null", "r+");
    }
}

/** Suspended, an engine would keep its lock, and be half-way, for as long as somebody forgets it. */
function onSuspend(): void {
  for (const { description } of running) tell(`${description} cannot be suspended: it may hold the lock of a state`);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
