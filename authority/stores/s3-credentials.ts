import { existsSync } from "node:fs";
import { join } from "node:path";
import { fromIni } from "@aws-sdk/credential-provider-ini";
import { homeFolder } from "../../lib/home";
import { noCredentials } from "./refusals";

/** Who signs. */
export interface S3Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Gives the credentials of this moment. */
export type S3Credentials = () => Promise<S3Identity>;

/** Credentials that end sooner are asked for anew, in milliseconds. */
const renewBefore = 5 * 60_000;

/**
 * AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, else the profile AWS_PROFILE (or `default`, where ~/.aws has files). Never the
 * SDK's whole chain: that ends in a look-up in the network, and a mistyped profile would become somebody else's identity.
 * @throws UserError `no-credentials` where the environment names none.
 */
export function credentialsFrom(environment: NodeJS.ProcessEnv): S3Credentials {
  const value = (name: string) => environment[name] || undefined;
  const accessKeyId = value("AWS_ACCESS_KEY_ID");
  const secretAccessKey = value("AWS_SECRET_ACCESS_KEY");
  const sessionToken = value("AWS_SESSION_TOKEN");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const identity = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return () => Promise.resolve(identity);
  }
  const half =
    accessKeyId !== undefined
      ? "AWS_ACCESS_KEY_ID"
      : secretAccessKey !== undefined
        ? "AWS_SECRET_ACCESS_KEY"
        : undefined;
  if (half !== undefined) throw noCredentials(`only ${half} is set`);
  // Without a home they are nowhere, which is not a reason to fail.
  const folder = join(homeFolder(environment) ?? "/nonexistent", ".aws");
  const filepath = value("AWS_SHARED_CREDENTIALS_FILE") ?? join(folder, "credentials");
  const configFilepath = value("AWS_CONFIG_FILE") ?? join(folder, "config");
  const profile = value("AWS_PROFILE");
  if (profile === undefined && !existsSync(filepath) && !existsSync(configFilepath))
    throw noCredentials("no S3 credentials in the environment");
  return remembered(fromIni({ profile: profile ?? "default", filepath, configFilepath }));
}

/** What a provider gave is used until shortly before it ends: the files are not read for each request. */
function remembered(provider: () => Promise<S3Identity & { readonly expiration?: Date }>): S3Credentials {
  let known: (S3Identity & { readonly expiration?: Date }) | undefined;
  return async () => {
    const ends = known?.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (known === undefined || ends - Date.now() < renewBefore) known = await provider();
    return known;
  };
}
