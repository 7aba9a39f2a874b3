import { UserError, type Problem, messageOf } from "./errors";

/** A text that is no HCL; `message`: what the parser said. */
export function notHcl(file: string, message: string): UserError {
  return new UserError({
    code: "hcl-syntax",
    file,
    what: (message.split("\n")[0] ?? message).trim(),
    expected: 'HCL attributes such as address = "https://..."',
  });
}

/** The disk refused a write. */
export function notWritten(file: string, error: unknown): UserError {
  return new UserError({
    code: "not-written",
    file,
    what: `cannot write: ${messageOf(error)}`,
    expected: "room and permission to write there; the old content is still in place",
  });
}

/** A program that does not start. */
export function notStarted(program: string, error: Error): UserError {
  return new UserError({
    code: "engine-not-run",
    what: `cannot run ${program}: ${error.message}`,
    expected: "a program that runs here",
  });
}

/** A signal ended the command. */
export function interruptedBy(message: string): Problem {
  return { code: "interrupted", what: message };
}

/** The command line is not one of ours, by its parser's words. */
export function wrongUsage(message: string): Problem {
  return { code: "usage", what: message };
}

/** A mistake of ours. */
export function internal(error: unknown): Problem {
  return { code: "internal", what: messageOf(error) };
}
