/** What files, programs and texts that every room uses can meet. */
type LibCode = "engine-not-run" | "hcl-syntax" | "not-written";

declare module "./errors" {
  interface Codes {
    readonly lib: LibCode;
  }
}

export {};
