/** What a stack cannot be built from. */
export type ConstructCode = "not-releasable" | "unknown-address";

declare module "../errors" {
  interface Codes {
    readonly constructs: ConstructCode;
  }
}
