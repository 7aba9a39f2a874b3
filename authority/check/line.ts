import { type Problem, UserError } from "../../lib/errors";

/** One thing that was looked at, and what came of it. */
export interface CheckLine {
  readonly name: string;
  /**
   * A note is no failure; it says what could not be looked at, or is worth knowing. A finding is none either: nothing is held up by it, and
   * whoever trusts this place should know.
   */
  readonly status: "ok" | "failed" | "note" | "finding";
  readonly detail: string;
  readonly milliseconds: number;
  /** Of a failed line: what is wrong, what was expected and what to do, each with its code. */
  readonly problems?: readonly Problem[];
  /** The command that proves it by hand. */
  readonly command?: string;
}

/** What a check found: a sentence, a note, or what should not be so. To fail it throws. */
export type Finding = string | { readonly note: string } | { readonly finding: string };

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
    if (typeof found === "string") return line("ok", found);
    return "note" in found ? line("note", found.note) : line("finding", found.finding);
  } catch (error) {
    if (error instanceof UserError) return { ...line("failed", error.message), problems: error.problems };
    throw error;
  }
}
