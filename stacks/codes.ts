/** What two stacks may not do to each other, and what the authority's own cannot be built from. */
type StackCode =
  | "backup-on-same-store"
  | "collision"
  | "configuration-too-large"
  | "job-without-target"
  | "no-bucket-to-make"
  | "state-in-itself";

declare module "../lib/errors" {
  interface Codes {
    readonly stacks: StackCode;
  }
}

export {};
