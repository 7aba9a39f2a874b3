/** What keeps an engine from running, or what a run of it left. */
type EngineCode =
  | "engine-failed"
  | "errored-state-left"
  | "folder-ambiguous"
  | "folder-missing"
  | "folder-not-in-git"
  | "foreign-files"
  | "foreign-variable"
  | "ignored-input"
  | "no-engine"
  | "other-backend"
  | "provider-lock-incomplete"
  | "provider-lock-missing"
  | "providers-not-locked"
  | "var-file-missing";

declare module "../errors" {
  interface Codes {
    readonly engine: EngineCode;
  }
}

export {};
