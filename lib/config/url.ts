import { z } from "zod";

/** Whether a URL names a user or a password, as in https://ann:secret@example.org. Placeholders such as {env} may stand in it. */
export function hasCredentials(url: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*@/i.test(url);
}

/** A text that is a URL of a server. */
export const httpUrl = z.string().regex(/^https?:\/\/[^\s]+$/, "a URL, http:// or https://");

/** A URL in a form in which equal URLs are equal texts: host in lower case, no trailing slash. What is no URL stays as it is. */
export function comparableUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/+$/, "") : url;
}
