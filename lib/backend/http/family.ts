import { comparableUrl } from "../../config/url";
import { type Problem } from "../../errors";
import { type BackendFamily } from "../family";
import { lockIsState } from "../refusals";
import { scratchName } from "../scratch";
import { type HttpContract } from "./contract";
import { resolveHttp } from "./resolve";

/** Terraform's HTTP protocol, whoever serves it. */
export const httpFamily: BackendFamily<HttpContract> = {
  resolve: resolveHttp,
  isConfigured: ({ http }) => http.address !== undefined,
  ledgerIsOptional: true,
  credentials: [
    "TF_HTTP_USERNAME",
    "TF_HTTP_PASSWORD",
    "TF_HTTP_CLIENT_CERTIFICATE_PEM",
    "TF_HTTP_CLIENT_PRIVATE_KEY_PEM",
    "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM",
  ],
  foreignVariables: [[/^TF_HTTP_/, "how the state is read and written"]],
  endpoint: ({ address }) => address,
  servedFrom: () => undefined,
  location: ({ address }) => address,
  comparable: comparableUrl,
  settingOf: (_contract, _stack, recorded) =>
    `state.http.address, or the file or variable that gives it, so that it comes out as ${recorded}`,
  claims: ({ address, lockAddress, unlockAddress }) => [
    { kind: "state", place: comparableUrl(address) },
    { kind: "lock", place: comparableUrl(lockAddress) },
    { kind: "lock", place: comparableUrl(unlockAddress) },
  ],
  problems: lockProblems,
  lock: ({ lockMethod, lockAddress }) => `${lockMethod} ${lockAddress}`,
  locks: () => true,
  scratch: scratchState,
  variables: () => ({}),
  block: (contract) => ({
    address: contract.address,
    lock_address: contract.lockAddress,
    unlock_address: contract.unlockAddress,
    lock_method: contract.lockMethod,
    unlock_method: contract.unlockMethod,
    ...(contract.updateMethod === undefined ? {} : { update_method: contract.updateMethod }),
    ...(contract.retryMax === undefined ? {} : { retry_max: contract.retryMax }),
    ...(contract.retryWaitMin === undefined ? {} : { retry_wait_min: contract.retryWaitMin }),
    ...(contract.retryWaitMax === undefined ? {} : { retry_wait_max: contract.retryWaitMax }),
  }),
};

/** POST and DELETE write and delete a state at its own address: there only LOCK and UNLOCK, or methods as clear, can lock. */
function lockProblems(id: string, contract: HttpContract): readonly Problem[] {
  const isState = (url: string, method: string) =>
    comparableUrl(url) === comparableUrl(contract.address) && /^(POST|PUT|DELETE)$/.test(method);
  if (isState(contract.lockAddress, contract.lockMethod)) return [lockIsState(id, "lock", contract.lockMethod)];
  if (isState(contract.unlockAddress, contract.unlockMethod)) return [lockIsState(id, "unlock", contract.unlockMethod)];
  return [];
}

/** The same server's state for checks, where the state's own name is a part of its address and of its lock's. */
function scratchState(contract: HttpContract, stateName: string): HttpContract | undefined {
  const renamed = (address: string) => {
    const url = new URL(address);
    const parts = url.pathname.split("/");
    const at = parts.lastIndexOf(stateName);
    if (at < 0) return undefined;
    url.pathname = parts.with(at, scratchName).join("/");
    return url.href;
  };
  const [address, lockAddress, unlockAddress] = [contract.address, contract.lockAddress, contract.unlockAddress].map(
    renamed,
  );
  if (address === undefined || lockAddress === undefined || unlockAddress === undefined) return undefined;
  return { ...contract, address, lockAddress, unlockAddress };
}
