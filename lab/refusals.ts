import { UserError, messageOf } from "../lib/errors";

/** The demo's second environment is not in its configuration. */
export function environmentMissing(): UserError {
  return new UserError({ code: "demo-failed", what: "the environment that was added is not there", expected: "it" });
}

/** A program of the demo ended too early. */
export function programEnded(what: string, output: string): UserError {
  return new UserError({
    code: "demo-failed",
    what: `${what} ended: ${output.trim().split("\n").at(-1) ?? ""}`,
    expected: "it to go on",
  });
}

/** MinIO can't be built or started. */
export function noMinio(error: unknown): UserError {
  return new UserError({ code: "no-minio", what: messageOf(error) });
}

/** A server under test did not come up. */
export function serverNotStarted(program: string, ended: false, line: string): UserError {
  return new UserError({
    code: "server-not-started",
    what: `${program} ${ended ? "exited" : "did not become ready"}: ${line}`,
    expected: "a server that listens on loopback",
  });
}

/** A command of the demo ended another way than it should. `output`: what it printed. */
export function demoFailed(what: string, output: string): UserError {
  return new UserError({
    code: "demo-failed",
    what: `${what} failed:\n${output.split("\n").slice(-25).join("\n")}`,
    expected: "another end",
  });
}
