import { location, type StateContract } from "../../lib/backend/contract";
import { type StateStore, stateInStore } from "./state-store";
import { HttpStateStore } from "../stores/http";
import { S3Store } from "../stores/s3";

/** Opens the place that a contract names; `authority` is `state.s3.authority`. @throws UserError where credentials are missing. */
export function openStateStore(
  contract: StateContract,
  environment: NodeJS.ProcessEnv,
  authority?: string,
): StateStore {
  if (contract.type === "http") return new HttpStateStore({ contract, environment });
  const store = new S3Store({ ...contract, authority, environment });
  return stateInStore(store, contract.key, location(contract), () => store.close());
}
