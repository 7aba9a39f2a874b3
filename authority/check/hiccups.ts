import { S3ServiceException } from "@aws-sdk/client-s3";
import { forTerminal } from "../../lib/text/terminal";

/**
 * What the server answered that is neither yes nor no, and was asked again. A proof that passes all the same must not hide it: to
 * an engine each of them is a wait or an error.
 */
export class Hiccups {
  readonly #counts = new Map<string, number>();
  #slowest = 0;

  add(error: unknown, milliseconds: number): void {
    const answer =
      error instanceof S3ServiceException
        ? `${error.$metadata.httpStatusCode ?? 0} ${forTerminal(error.name)}`
        : "a broken connection";
    this.#counts.set(answer, (this.#counts.get(answer) ?? 0) + 1);
    this.#slowest = Math.max(this.#slowest, milliseconds);
  }

  /** `; meanwhile it gave 23 x 500 InternalError, the slowest after 5012 ms`, and counts anew. Empty where there was none. */
  take(): string {
    if (this.#counts.size === 0) return "";
    const counts = [...this.#counts].map(([answer, count]) => `${count} x ${answer}`).join(", ");
    const text = `; meanwhile it gave ${counts}, the slowest after ${Math.round(this.#slowest)} ms`;
    this.#counts.clear();
    this.#slowest = 0;
    return text;
  }
}
