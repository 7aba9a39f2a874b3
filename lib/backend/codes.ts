/** What a backend family or the place of a state can be refused for. */
type BackendCode =
  | "invalid-secret-suffix"
  | "invalid-setting"
  | "lock-is-state"
  | "no-address"
  | "no-backend-file"
  | "no-bucket"
  | "no-legacy-place"
  | "not-in-ledger"
  | "not-where-ledger-says"
  | "one-address-for-many"
  | "secret-in-file"
  | "shared-state"
  | "two-addresses"
  | "two-kinds"
  | "unknown-placeholder"
  | "unknown-setting"
  | "wrong-type";

declare module "../errors" {
  interface Codes {
    readonly backend: BackendCode;
  }
}

export {};
