/** What a stack cannot be built from. */
type ConstructCode = "not-releasable" | "unknown-address";

declare module "../errors" {
  interface Codes {
    readonly constructs: ConstructCode;
  }
}

export {};
