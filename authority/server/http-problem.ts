import { type Code } from "../../lib/errors";

/** A refusal that only makes sense in HTTP. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: Code,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}
