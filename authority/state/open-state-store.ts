import { type BackendType } from "../../lib/config/backends";
import { type ContractOn } from "../../lib/backend/contract";
import { type Beside, openFamilies, type StateOwner } from "./backends";
import { legacyCredentials } from "../stores/http-credentials";
import { type StateStore } from "./state-store";

/**
 * Opens the place that a contract names; `authority` is `state.s3.authority`, `emptyAnswer` what an HTTP server's 200 with nothing in it
 * means (default: refused).
 * @throws UserError where credentials are missing.
 */
export function openStateStore<T extends BackendType>(
  contract: ContractOn<T>,
  environment: NodeJS.ProcessEnv,
  authority?: string,
  emptyAnswer?: "refused" | "no state",
): StateStore {
  return openFamilies[contract.type].open(contract, {
    environment,
    ...(authority === undefined ? {} : { authority }),
    ...(emptyAnswer === undefined ? {} : { emptyAnswer }),
  });
}

/** Opens the legacy place, by the credentials that are named for it. @throws UserError where they are missing. */
export function openLegacyPlace(contract: ContractOn<"http">, environment: NodeJS.ProcessEnv): StateStore {
  return openFamilies.http.open(contract, { environment, credentials: legacyCredentials });
}

/** What is at the place that a contract names, whether it is a state or not; undefined where nothing is. */
export function readPlace<T extends BackendType>(
  contract: ContractOn<T>,
  environment: NodeJS.ProcessEnv,
  authority?: string,
): Promise<Buffer | undefined> {
  return openFamilies[contract.type].readBytes(contract, {
    environment,
    ...(authority === undefined ? {} : { authority }),
  });
}

/** Opens the store of ours that keeps what lies beside a state; undefined where there is no way to it. */
export function openBeside<T extends BackendType>(contract: ContractOn<T>, owner: StateOwner): Beside | undefined {
  return openFamilies[contract.type].beside(contract, owner);
}

/** The address at which a server that may be one of ours answers for the state; undefined where none does. */
export function servedAt<T extends BackendType>(contract: ContractOn<T>): string | undefined {
  return openFamilies[contract.type].servedAt(contract);
}

/** Removes what a check's own state leaves behind. */
export function purge<T extends BackendType>(
  contract: ContractOn<T>,
  environment: NodeJS.ProcessEnv,
  authority?: string,
): Promise<void> {
  return openFamilies[contract.type].purge(contract, {
    environment,
    ...(authority === undefined ? {} : { authority }),
  });
}
