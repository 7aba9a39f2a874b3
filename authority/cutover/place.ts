import { type StateStore } from "../state/state-store";

/** One end of a cutover: a state at a place, with its name in the ledger. */
export interface NamedPlace {
  readonly backend: "http" | "s3";
  readonly location: string;
  readonly state: Pick<StateStore, "read" | "write" | "lock" | "unlock" | "delete" | "rewrite">;
}
