import { z } from "zod";

/** Whether a URL names a user or a password, as in https://ann:secret@example.org. Placeholders such as {env} may stand in it. */
export function hasCredentials(url: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*@/i.test(url);
}

/** A text that is a URL of a server. */
export const httpUrl = z
  .string()
  .regex(/^https?:\/\/[^\s/][^\s]*$/, "a URL, http:// or https://")
  .regex(/^[^#]*$/, "a URL without #: what follows it never reaches a server");

/**
 * A URL in a form in which URLs that reach the same thing are equal texts: host in lower case and without a dot at its end, no default
 * port, no %-encoding that is not needed, no trailing slash of the path, no fragment. What is no URL stays as it is.
 */
export function comparableUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  const host = parsed.host.replace(/\.(?=:|$)/, "");
  return `${parsed.protocol}//${host}${plain(parsed.pathname).replace(/\/+$/, "")}${plain(parsed.search)}`;
}

/** %41 is A, and %2f is %2F (RFC 3986, 6.2.2). */
function plain(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase();
  });
}
