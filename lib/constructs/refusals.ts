import { type Problem } from "../errors";

/** A setting of a stack, such as `state.allow_destroy`, names what it has not; `now`: where that is today, if anywhere. */
export function unknownAddress(
  file: string,
  key: string,
  id: string,
  address: string,
  now: readonly string[],
): Problem {
  return {
    code: "unknown-address",
    file,
    key,
    what: `${id} has no resource ${address}`,
    expected:
      now.length > 0
        ? `its address now, ${now.join()}`
        : "the address of a resource that the stack has, as the preview prints it",
  };
}

/** What is to be forgotten is no resource's address. */
export function releaseOfNoAddress(file: string, id: string, text: string): Problem {
  return {
    code: "not-releasable",
    file,
    key: `state.release.${id}`,
    what: `"${text}" is not the address of a resource`,
    expected: "an address as `state list` prints it: module.old[0].helm_release.cache",
  };
}

/** What is to be forgotten is the program's own resource. */
export function releaseOfOwn(file: string, id: string, resource: string): Problem {
  return {
    code: "not-releasable",
    file,
    key: `state.release.${id}`,
    what: `${id} has ${resource} itself`,
    expected: "an address that only the state has: what the program has cannot be forgotten",
  };
}

/** What is to be forgotten is a resource that the plan moves to `to`. */
export function releaseOfMoved(file: string, id: string, text: string, to: string): Problem {
  return {
    code: "not-releasable",
    file,
    key: `state.release.${id}`,
    what: `${text} is what ${id} has as ${to}`,
    expected: "an address that only the state has: the plan moves this one, and loses nothing",
  };
}
