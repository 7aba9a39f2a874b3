import { visible } from "../../../lib/text/visible";

/** Names of variables whose values are secrets, or may be. */
const secretName = /SECRET|PASSWORD|PASSWD|TOKEN|ACCESS_KEY|CREDENTIAL|PRIVATE|^TF_VAR_|IDENTITY/i;

/** Words before a value that is a secret, whoever wrote them: `AWS_SECRET_ACCESS_KEY=...`, `"password": "..."`, `Authorization: Basic ...`. */
const labelled =
  /((?:[\w-]*(?:secret|password|passwd|token|access[_-]?key|accesskeyid|credential|private[_-]?key|signature)[\w-]*|authorization)["']?\s*[:=]\s*["']?)(?:(?:basic|bearer|aws4-hmac-sha256)\s+)?[^\s"',;&]+/gi;

/** Secrets that are known by their shape. */
const shaped = [
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /AGE-SECRET-KEY-1[0-9A-Z]+/g,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs,
  /(?<=:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/g,
  /\bgh[pousr]_\w{20,}\b/g,
];

const gone = "***";

/**
 * Takes secrets out of text of others: the values of this environment's own, what stands after a word for one, and what looks like one. It
 * takes out too much rather than too little. Line ends stay; what is not seen is written as an escape.
 */
export function cleaner(environment: NodeJS.ProcessEnv): (text: string) => string {
  const values = Object.entries(environment)
    .filter(([name, value]) => secretName.test(name) && value !== undefined && value.length >= 4)
    .flatMap(([, value = ""]) => [value, Buffer.from(value).toString("base64"), encodeURIComponent(value)])
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text.replaceAll("\r\n", "\n");
    for (const value of values) clean = clean.replaceAll(value, gone);
    for (const shape of shaped) clean = clean.replace(shape, gone);
    return visible(clean.replace(labelled, `$1${gone}`), "keep line ends");
  };
}
