/** What the command line refuses before a room below it is asked. */
type CliCode =
  | "check-failed"
  | "cutover-under-way"
  | "holds-data"
  | "internal"
  | "interrupted"
  | "ledger-uncommitted"
  | "ledger-unknown"
  | "missing-secret-value"
  | "no-address"
  | "no-backup"
  | "no-errored-state"
  | "no-place-to-reach"
  | "no-real-plan"
  | "no-state"
  | "no-variable-file"
  | "not-a-value"
  | "not-applied"
  | "file-in-the-way"
  | "no-home-folder"
  | "no-identity-given"
  | "not-behind-the-guard"
  | "not-destroyed"
  | "not-locked"
  | "not-planned"
  | "nothing-to-destroy"
  | "other-contract"
  | "other-lineage"
  | "other-place"
  | "password-unusable"
  | "plans-differ"
  | "probe-failed"
  | "road-gone"
  | "sealed"
  | "secret-in-file"
  | "secrets-without-value"
  | "settings-exist"
  | "state-encrypted"
  | "state-missing"
  | "state-unavailable"
  | "still-in-state"
  | "two-errored-states"
  | "secrets-unreadable"
  | "unknown-address"
  | "unknown-secret-name"
  | "unknown-environment"
  | "unknown-stack"
  | "unreadable"
  | "usage";

declare module "../lib/errors" {
  interface Codes {
    readonly cli: CliCode;
  }
}

export {};
