import { linesForTerminal } from "./text/terminal";

/**
 * The codes of all rooms. Each room lists its own in its `codes.ts`, by a `declare module` of this one, so that a code that is in no
 * list does not compile, and `lib/` need not know the rooms above it.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the rooms fill it
export interface Codes {}

/** The stable name of a failure. */
export type Code = Codes[keyof Codes];

/**
 * What every refusal of Flywheel is made of. An error is data: a stable code that tests and `--json` readers rely on, where it
 * is, what is wrong, what was expected, and what to do. The wording may change, the fields may not.
 */
export interface Problem {
  /** Stable name of the failure, in kebab-case: `unknown-setting`. */
  readonly code: Code;
  /** One sentence, without a full stop: what is wrong. */
  readonly what: string;
  /** The file as the operator would type it, the line (from 1) and the key, as far as they are known. */
  readonly file?: string;
  readonly line?: number;
  readonly key?: string;
  /** What was expected instead. */
  readonly expected?: string;
  /** The ID of the lock that is in the way, where one is. */
  readonly lock?: string;
  /** The next thing to do, with the command where there is one. */
  readonly remedy?: string;
}

/** A mistake or an outage that the operator can act on. It is printed without a stack trace; the exit code is 1. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const list: readonly Problem[] = "code" in problems ? [problems] : problems;
    super(list.map(formatProblem).join("\n"));
    this.problems = list;
  }
}

/** What whatever was thrown says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same, with the place in our code that threw it: for what nobody but us can mend. */
export function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What a program prints of an error at its end: an operator's own without a trace. */
export function reportOf(error: unknown): string {
  return error instanceof UserError ? error.message : traceOf(error);
}

/** Wrong use of the command line. The exit code is 2. */
export class UsageError extends UserError {}

/** It was done, and what is there afterwards is not as it should be: nothing is held up by it. The exit code is 3. */
export class UnhealthyError extends UserError {}

/**
 * A problem as an operator reads it:
 *
 *     config/environments/dev/attic.yaml:7: unknown setting "pg_instance"
 *       expected one of the attic settings; did you mean "pg_instances"?
 *
 * Whatever of it others wrote (a lock's holder, a server's answer, a file's contents) is fit for a terminal, and no line but the first
 * begins at the left, where our own do.
 */
export function formatProblem(problem: Omit<Problem, "code">): string {
  const place = [problem.file, problem.line].filter((part) => part !== undefined).join(":");
  const head = furtherLinesIndented(place === "" ? problem.what : `${place}: ${problem.what}`);
  return [head, ...hints(problem)].join("\n");
}

function hints(problem: Omit<Problem, "code">): string[] {
  const lines: string[] = [];
  if (problem.expected !== undefined) lines.push(furtherLinesIndented(`  expected ${problem.expected}`));
  if (problem.remedy !== undefined) lines.push(furtherLinesIndented(`  ${problem.remedy}`));
  return lines;
}

function furtherLinesIndented(text: string): string {
  return linesForTerminal(text).replaceAll("\n", "\n  ");
}

/** One error of what rooms' refusals.ts say is wrong. */
export function refusal(problems: Problem | readonly Problem[]): UserError {
  return new UserError(problems);
}

/** Throws one UserError with all problems, or returns where there are none. */
export function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw refusal(problems);
}
