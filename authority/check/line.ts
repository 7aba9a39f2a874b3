import { type Problem, UserError } from "../../lib/errors";

/** One thing that was looked at, and what came of it. */
export interface CheckLine {
  readonly name: string;
  /** A note is no failure; it says what could not be looked at, or is worth knowing. */
  readonly status: "ok" | "failed" | "note";
  readonly detail: string;
  readonly milliseconds: number;
  /** Of a failed line: what is wrong, what was expected and what to do, each with its code. */
  readonly problems?: readonly Problem[];
}

/** What a check found: a sentence, or a note. To fail it throws. */
export type Finding = string | { readonly note: string };

/** Runs one check and tells it. An outage or a refusal is a failed line, never an exception. */
export async function checkLine(name: string, look: () => Promise<Finding>): Promise<CheckLine> {
  const started = process.hrtime.bigint();
  const line = (status: CheckLine["status"], detail: string): CheckLine => ({
    name,
    status,
    detail,
    milliseconds: Math.round(Number(process.hrtime.bigint() - started) / 1e6),
  });
  try {
    const found = await look();
    return typeof found === "string" ? line("ok", found) : line("note", found.note);
  } catch (error) {
    if (error instanceof UserError) return { ...line("failed", error.message), problems: error.problems };
    throw error;
  }
}
