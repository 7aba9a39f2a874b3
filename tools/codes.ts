/** What keeps a program from being built or found. */
type ToolCode =
  | "build-failed"
  | "build-interrupted"
  | "install-failed"
  | "lock-failed"
  | "no-go"
  | "no-home-for-tools"
  | "no-lock-program"
  | "no-python"
  | "tool-missing"
  | "unknown-tool";

declare module "../lib/errors" {
  interface Codes {
    readonly tools: ToolCode;
  }
}

export {};
