/** The variables that hold a user and a password for an HTTP server. */
export interface CredentialNames {
  readonly user: string;
  readonly password: string;
}

/** Those of the contract: the engines' http backend reads the same. */
export const contractCredentials: CredentialNames = { user: "TF_HTTP_USERNAME", password: "TF_HTTP_PASSWORD" };

/** The legacy place has credentials of its own, by name: they are never mistaken for the contract's. */
export const legacyCredentials: CredentialNames = {
  user: "TF_HTTP_LEGACY_USERNAME",
  password: "TF_HTTP_LEGACY_PASSWORD",
};
