import { type Problem } from "../../errors";
import { updateMethods } from "../../config/backends/http";

/** How often or how long to try again is no whole number. */
export function notAWholeNumber(key: string, value: string): Problem {
  return { code: "invalid-setting", key, what: `${key} is "${value}"`, expected: "a whole number from 0" };
}

/** No engine's update_method. */
export function notAnUpdateMethod(key: string, value: string): Problem {
  return {
    code: "invalid-setting",
    key,
    what: `${key} is "${value}"`,
    expected: `one of ${updateMethods.join(", ")}`,
  };
}

/** No HTTP method. */
export function notAMethod(key: string, value: string): Problem {
  return { code: "invalid-setting", key, what: `${key} is "${value}"`, expected: "an HTTP method in capitals" };
}

/** Credentials in an address: it goes into the synthesized JSON. They are not repeated. */
export function secretInAddress(key: string): Problem {
  return {
    code: "secret-in-file",
    key,
    what: `${key} holds a user or a password`,
    expected: "an address alone; credentials are TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
  };
}

/** An address that an engine would evaluate. */
export function expressionInAddress(key: string): Problem {
  return {
    code: "invalid-setting",
    key,
    what: `${key} holds an expression`,
    expected: "an address alone, without ${ or %{",
  };
}

/** An address with a fragment. */
export function fragmentInAddress(key: string): Problem {
  return {
    code: "invalid-setting",
    key,
    what: `${key} has a # in it`,
    expected: "an address without one: what follows it never reaches a server",
  };
}

/** What is given as `address` is no URL. */
export function noUsableAddress(): Problem {
  return { code: "no-address", key: "address", what: "no usable `address`", expected: 'address = "https://..."' };
}

/** What is given as another address is no URL. */
export function notAnAddress(key: string): Problem {
  return { code: "invalid-setting", key, what: `no usable \`${key}\``, expected: `${key} = "https://..."` };
}
