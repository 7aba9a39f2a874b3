import { S3ServiceException, type S3Client } from "@aws-sdk/client-s3";
import { defaultTimeouts, s3Client, type S3Place } from "../../stores/s3-client";
import { asUnavailable } from "../../stores/s3-errors";

/** What S3 said to one request: what was asked for, or the error that is an answer, too. */
export type Answer<T> = { readonly value: T } | { readonly refusal: string };

/** Errors that answer the question: no permission, nothing there, nothing set, not a thing of this server. */
const answers =
  /^(AccessDenied|Forbidden|NotFound|NoSuchKey|NotImplemented|MethodNotAllowed|.*NotFoundError|NoSuch.*Configuration)$/;

/** Asks, below every store, and sorts what comes back. @throws StoreUnavailable for anything that is no answer. */
export async function ask<T>(
  place: string,
  action: string,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
  try {
    return { value: await request(AbortSignal.timeout(defaultTimeouts.total)) };
  } catch (error) {
    if (error instanceof S3ServiceException && answers.test(error.name)) return { refusal: error.name };
    // A HEAD has no body to say why.
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403)
      return { refusal: "AccessDenied" };
    throw asUnavailable(place, action, error);
  }
}

/** Runs work with a client of these credentials. @throws UserError `no-credentials`. */
export async function withClient<T>(
  place: S3Place,
  environment: NodeJS.ProcessEnv,
  work: (client: S3Client) => Promise<T>,
): Promise<T> {
  const client = s3Client(place, environment, defaultTimeouts);
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
