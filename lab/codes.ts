/** What the demo and the programs behind it refuse. */
type LabCode = "demo-failed" | "no-minio" | "server-not-started";

declare module "../lib/errors" {
  interface Codes {
    readonly lab: LabCode;
  }
}

export {};
