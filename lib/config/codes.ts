/** What is wrong in the configuration folder. */
type ConfigCode =
  | "authority-on-itself"
  | "backend-of-authority"
  | "control-character"
  | "double-environment"
  | "double-stack"
  | "double-secret"
  | "double-setting"
  | "five-field-schedule"
  | "folder-of-hcl"
  | "invalid-key"
  | "invalid-ledger"
  | "invalid-setting"
  | "ledger-conflict"
  | "ledger-double-entry"
  | "ledger-newer"
  | "misplaced-file"
  | "missing-secret"
  | "missing-setting"
  | "no-configuration"
  | "no-deploy-target"
  | "not-utf-8"
  | "plan-shares-deploy"
  | "recipient-of-backups"
  | "runner-set-shared"
  | "secret-in-file"
  | "setting-elsewhere"
  | "settings-disagree"
  | "shared-environment"
  | "token-in-file"
  | "two-backup-targets"
  | "unknown-environment"
  | "unknown-secret"
  | "unknown-setting"
  | "unknown-stack"
  | "unreadable"
  | "wrong-file-name"
  | "wrong-type"
  | "yaml-syntax";

declare module "../errors" {
  interface Codes {
    readonly config: ConfigCode;
  }
}

export {};
