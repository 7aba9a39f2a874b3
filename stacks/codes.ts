/** What two stacks may not do to each other. */
type StackCode = "collision";

declare module "../lib/errors" {
  interface Codes {
    readonly stacks: StackCode;
  }
}

export {};
