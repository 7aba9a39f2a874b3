/** What keeps a change from being told, or what it would do that it may not. */
export type PlanningCode =
  | "base-too-old"
  | "cannot-sign"
  | "git-failed"
  | "main-unknown"
  | "no-allowed-signers"
  | "no-command"
  | "no-configuration"
  | "no-git"
  | "no-repository"
  | "no-such-stack"
  | "no-worktree"
  | "not-a-file-list"
  | "not-a-plan"
  | "not-a-state"
  | "not-approved"
  | "not-signed-main"
  | "other-bundle"
  | "packages-not-installed"
  | "plan-failed"
  | "receipt-unreadable"
  | "side-not-planned"
  | "signature-invalid"
  | "signed-by-maker"
  | "unknown-in-state"
  | "unknown-ref"
  | "usage"
  | "would-create"
  | "would-destroy"
  | "would-destroy-data"
  | "would-replace";

declare module "../lib/errors" {
  interface Codes {
    readonly planning: PlanningCode;
  }
}
