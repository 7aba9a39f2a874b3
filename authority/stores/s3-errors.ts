import { S3ServiceException } from "@aws-sdk/client-s3";
import { type StoreHints, StoreUnavailable } from "./object-store";
import { bucketGone, otherCredentials, storeNotAllowed, storeOut, storeTimeout } from "./refusals";
import { systemCode } from "./durable";

/**
 * What a failed request to S3 means. Only three of them are answers; everything else says nothing about the object.
 *
 * - `no-object`: NoSuchKey, in a bucket that answers.
 * - `precondition`: 412, an If-Match or If-None-Match that does not hold.
 * - `no-version`: the version asked for is not there, or is a removal.
 * - `again`: it may work in a moment (409 of simultaneous conditional writes, 503, 500, a connection that broke).
 * - `outage`: anything else, silence too: who has waited once does not wait again.
 */
type S3Failure = "no-object" | "precondition" | "no-version" | "again" | "outage";

/** Sorts a failure by S3's error code, and by its status only where that leaves no doubt. */
export function sortFailure(error: unknown): S3Failure {
  if (error instanceof StoreUnavailable || isTimeout(error)) return "outage";
  // No answer of S3: the connection broke, or something else answered. Missing credentials are not tried again.
  if (!(error instanceof S3ServiceException))
    return errorName(error) === "CredentialsProviderError" ? "outage" : "again";
  const status = error.$metadata.httpStatusCode ?? 0;
  // A 404 without a code (a proxy's, or a HEAD's) may mean the bucket: it does not say that the object is absent.
  if (error.name === "NoSuchKey") return "no-object";
  if (error.name === "NoSuchVersion" || (error.name === "MethodNotAllowed" && status === 405)) return "no-version";
  if (error.name === "PreconditionFailed" || status === 412) return "precondition";
  if (status === 409 || status === 503 || status === 500 || status === 502) return "again";
  return "outage";
}

/** True where the request may have been carried out although it failed: anything but a plain refusal. */
export function mayHaveHappened(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return true;
  const status = error.$metadata.httpStatusCode ?? 0;
  return status < 400 || status >= 500 || status === 408;
}

/** The failure as an outage, naming the place and S3's own error. */
export function asUnavailable(description: string, action: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const why = `${action}: ${describe(error)}`;
  if (isTimeout(error)) return storeTimeout(description, why);
  return isDenied(error) ? storeNotAllowed(description, why) : storeOut(description, why, hintsFor(error));
}

function hintsFor(error: unknown): StoreHints | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  if (error.name === "NoSuchBucket") return bucketGone;
  const status = error.$metadata.httpStatusCode;
  return status === 401 || status === 403 ? otherCredentials : undefined;
}

/** The server knows who asks, and doesn't let him look: that says nothing about what is there. */
function isDenied(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === "AccessDenied";
}

/** Whether a server did not let this key look, or write. */
export function isNotAllowed(error: unknown): boolean {
  return error instanceof StoreUnavailable && error.problems.every(({ code }) => code === "not-allowed");
}

function isTimeout(error: unknown): boolean {
  if (error instanceof S3ServiceException)
    return error.$metadata.httpStatusCode === 504 || error.name === "RequestTimeout";
  // The SDK gives connections that were reset the same name; those have a code.
  const code = networkCode(error);
  if (code !== undefined) return code === "ETIMEDOUT";
  return errorName(error) === "TimeoutError" || errorName(error) === "AbortError";
}

function describe(error: unknown): string {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode;
    const code = error.name === "Unknown" || error.name === "UnknownError" ? "an answer that is not S3's" : error.name;
    const hint =
      hints[error.name] ??
      (status === 404 ? "a 404 that does not say NoSuchKey says nothing about the object" : undefined);
    const message = error.message === error.name || error.message === "UnknownError" ? "" : `: ${error.message}`;
    return `${code} (${status ?? "no status"})${message}${hint === undefined ? "" : `; ${hint}`}`;
  }
  if (isTimeout(error)) return "no answer in time";
  const code = networkCode(error);
  const message =
    typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"
      ? error.message
      : String(error);
  return code === undefined || message.includes(code) ? message : `${code} ${message}`;
}

const hints: Readonly<Record<string, string>> = {
  NoSuchBucket: "an outage, not an empty state: the bucket's index is gone, or this is the wrong endpoint",
  AccessDenied:
    "S3 also answers this for an object that is not there to a key that may not list the bucket; in a shared one, state.s3.prefix names the part that this key may list",
  SignatureDoesNotMatch: "the secret key is wrong",
  InvalidAccessKeyId: "the access key is wrong, or of another server",
  RequestTimeTooSkewed: "this machine's clock is wrong",
  PermanentRedirect: "the bucket is in another region",
};

/** The code of a failed connection (ECONNREFUSED, ECONNRESET, EPIPE, ...), undefined for any other error. */
function networkCode(error: unknown): string | undefined {
  if (systemCode(error) !== undefined) return systemCode(error);
  // A connection that ends in the middle of an answer has a code and no system call.
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "string")
    return undefined;
  return /^(ECONN|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|EHOST|ENET)/.test(error.code) ? error.code : undefined;
}

function errorName(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "name" in error && typeof error.name === "string"
    ? error.name
    : undefined;
}
