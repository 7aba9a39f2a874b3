import { quantityValue } from "../kubernetes";
import { type RuleFailure } from "../settings";

/** A registry token needs the user it belongs to. */
export function ghcrRule(
  values: { readonly ghcr_username: string },
  secrets: ReadonlySet<string>,
): RuleFailure | undefined {
  // A colon would end the name in `user:token`; `${` would reach into the token's own reference.
  if (/[\s:{}"'\\]/.test(values.ghcr_username)) {
    return {
      at: ["ghcr_username"],
      what: `ghcr_username is ${JSON.stringify(values.ghcr_username)}`,
      expected: "a user name, without spaces, colons, quotes, braces and backslashes",
    };
  }
  if (!secrets.has("ghcr_token") || values.ghcr_username !== "") return undefined;
  return {
    at: ["ghcr_username"],
    what: "ghcr_token is among the secrets and ghcr_username is empty",
    expected: "the GitHub user the token belongs to: the pull secret holds both",
  };
}

/** A minimum is never above its maximum. */
export function minMaxRule<K extends string>(
  min: K,
  max: K,
): (values: Readonly<Record<K, number>>) => RuleFailure | undefined {
  return (values) =>
    values[min] <= values[max]
      ? undefined
      : {
          at: [max],
          what: `${min} is ${values[min]} and ${max} is ${values[max]}`,
          expected: `${max} of at least ${values[min]}`,
        };
}

/** A container's request is never above its limit: the API server rejects such a pod. */
export function requestLimitRule<K extends string>(
  request: K,
  limit: K,
): (values: Readonly<Record<K, string>>) => RuleFailure | undefined {
  return (values) => {
    const [requested, limited] = [quantityValue(values[request]), quantityValue(values[limit])];
    if (requested === undefined || limited === undefined || requested <= limited) return undefined;
    return {
      at: [request],
      what: `${request} is ${values[request]} and ${limit} is ${values[limit]}`,
      expected: `a request of at most the limit: Kubernetes rejects the pod otherwise`,
    };
  };
}
