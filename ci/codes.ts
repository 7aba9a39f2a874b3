/** What only CI can meet. */
type CiCode =
  | "github-refused"
  | "github-unreachable"
  | "invalid-setting"
  | "no-bundle"
  | "no-comment"
  | "no-preview"
  | "no-schemas"
  | "no-successor"
  | "no-synth"
  | "not-merged"
  | "other-run"
  | "unknown-environment"
  | "usage"
  | "wrong-type";

declare module "../lib/errors" {
  interface Codes {
    readonly ci: CiCode;
  }
}

export {};
