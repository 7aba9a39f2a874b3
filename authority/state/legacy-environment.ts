/** The legacy place has credentials of its own, by name: they are never mistaken for the contract's. */
export function legacyEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...environment,
    TF_HTTP_USERNAME: environment["TF_HTTP_LEGACY_USERNAME"],
    TF_HTTP_PASSWORD: environment["TF_HTTP_LEGACY_PASSWORD"],
  };
}
