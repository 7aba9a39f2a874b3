/**
 * Builds without what cdktf notes for its own error messages: a stack trace with every token, a third of a synth. Errors keep theirs.
 * `build` must not wait for anything: it would be without them for all that runs meanwhile.
 */
export function withoutCreationStacks<T>(build: () => T): T {
  const kept = Error.captureStackTrace;
  // cdktf takes an object that has got no stack for one without a trace.
  Error.captureStackTrace = () => undefined;
  try {
    return build();
  } finally {
    Error.captureStackTrace = kept;
  }
}
