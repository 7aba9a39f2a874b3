/** State behind Terraform's HTTP protocol (https://developer.hashicorp.com/terraform/language/backend/http). */
export interface HttpContract {
  readonly type: "http";
  readonly address: string;
  readonly lockAddress: string;
  readonly unlockAddress: string;
  readonly lockMethod: string;
  readonly unlockMethod: string;
  /** How the state is written; absent where it is POST, so that the hash of older contracts stays. */
  readonly updateMethod?: string;
  /** Seconds to wait between retries, as operators have it today; the engine's default where absent. */
  readonly retryMax?: number;
  readonly retryWaitMin?: number;
  readonly retryWaitMax?: number;
}

/** What is given of a contract; the rest has its defaults: a lock beside the address, taken by POST and given back by DELETE. */
export type GivenAddresses = Partial<Omit<HttpContract, "type">> & Pick<HttpContract, "address">;

/** The contract of an address. */
export function httpContract({ updateMethod = "POST", ...given }: GivenAddresses): HttpContract {
  const lockAddress = given.lockAddress ?? lockOf(given.address);
  return {
    type: "http",
    lockMethod: "POST",
    unlockMethod: "DELETE",
    ...given,
    ...(updateMethod === "POST" ? {} : { updateMethod }),
    lockAddress,
    unlockAddress: given.unlockAddress ?? lockAddress,
  };
}

function lockOf(address: string): string {
  const [, path = address, query = ""] = /^([^?#]*)(.*)$/s.exec(address) ?? [];
  return `${path.replace(/\/+$/, "")}/lock${query}`;
}
