/** What keeps an engine from running, or what a run of it left. */
type EngineCode =
  | "engine-failed"
  | "errored-state-left"
  | "foreign-files"
  | "foreign-variable"
  | "no-engine"
  | "provider-lock-incomplete"
  | "provider-lock-missing"
  | "providers-not-locked";

declare module "../errors" {
  interface Codes {
    readonly engine: EngineCode;
  }
}

export {};
