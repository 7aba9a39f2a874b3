import { comparableUrl } from "../../config/url";
import { filesOfToday } from "../backend-file";
import { type PlaceRequest } from "../family";
import { fill } from "../fill";
import { readFileOf } from "../file-of-flag";
import { noAddress, oneAddressForMany, twoAddresses } from "../refusals";
import { type GivenAddresses, type HttpContract, httpContract } from "./contract";
import { addressesFromFile, addressesFromVariables, type HttpAddresses } from "./today";

/**
 * Where a stack's state is, or would be, by `state.http`, else by today's files and variables.
 * @throws UserError where none of them gives it an address, or two give it different ones.
 */
export async function resolveHttp(request: PlaceRequest): Promise<HttpContract> {
  const { configuration, stack } = request;
  const { http } = configuration.organization.state;
  if (http.address === undefined) {
    const { origin: _origin, ...given } = await addressesFromEnvironment(request);
    return httpContract(given);
  }
  const filled = (key: "address" | "lock_address" | "unlock_address", template: string) =>
    fill(configuration, stack, ["state", "http", key], template);
  const given: GivenAddresses = {
    address: filled("address", http.address),
    lockMethod: http.lock_method,
    unlockMethod: http.unlock_method,
    updateMethod: http.update_method,
    ...(http.lock_address === undefined ? {} : { lockAddress: filled("lock_address", http.lock_address) }),
    ...(http.unlock_address === undefined ? {} : { unlockAddress: filled("unlock_address", http.unlock_address) }),
  };
  return httpContract(given);
}

/** Today's ways to give an address, for a stack that organization.yaml gives none. */
async function addressesFromEnvironment(request: PlaceRequest): Promise<HttpAddresses> {
  const { configuration, stack, environment, companions } = request;
  const { single: file, folder, inFolder } = filesOfToday(request);
  const variables = addressesFromVariables(environment);
  const single =
    file === undefined ? (variables === undefined ? undefined : "TF_HTTP_ADDRESS") : "TOFU_BACKEND_CONFIG_FILE";
  if (single !== undefined && companions.length > 1) {
    const { file: source } = configuration.organization.source;
    const remedy = `Set state.http.address in ${source} with {stack} and {env} in it`;
    throw oneAddressForMany(single, stack.id, companions.length, remedy);
  }
  const found: HttpAddresses[] = [];
  if (file !== undefined) found.push(addressesFromFile(await readFileOf(request, "http", file)));
  if (variables !== undefined) found.push(variables);
  if (inFolder !== undefined) found.push(addressesFromFile(await readFileOf(request, "http", inFolder)));

  const [first, ...others] = found;
  if (first === undefined) throw noAddress(stack, configuration.organization.source.file, folder);
  const other = others.find(({ address }) => comparableUrl(address) !== comparableUrl(first.address));
  if (other !== undefined) throw twoAddresses(stack.id, first, other);
  return first;
}
