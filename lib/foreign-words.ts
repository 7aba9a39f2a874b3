import { stripVTControlCharacters } from "node:util";

/*
 * What other programs print, where only their words tell what happened: an exit code or a type would be looked at instead. All of it is in
 * this file. Where another version says it otherwise a hint is missing, and the failure is one all the same.
 */

/**
 * Whether an engine could not write because the server refuses checksum headers. The engines pass on what the server said, and servers
 * have no common error for it: the header's name, MinIO's own code, or a bare 400 or 501 of the AWS SDK for Go. It decides on a remedy alone.
 */
export function refusesChecksums(said: string): boolean {
  return /checksum|XAmzContentSHA256Mismatch|trailer|StatusCode: (400|501)/i.test(said);
}

/** How providers say that a cluster does not know a kind: kubernetes and helm, then kubectl. Nothing but the text of a diagnostic has it. */
const missingKinds = [
  /no matches for kind "(?<kind>\w+)" in (?:group|version) "(?<group>[\w.-]+)/g,
  /resource \[(?<group>[\w.-]+)\/\w+\/(?<kind>\w+)\] isn't valid for cluster/g,
];

/** The kinds that a cluster does not know, by what an engine printed. It decides on a hint alone. */
export function unknownKindsIn(said: string): readonly { readonly group: string; readonly kind: string }[] {
  // Engines draw a frame around an error and break its lines.
  const text = stripVTControlCharacters(said).replace(/[\u2502\u2577\u2575\s]+/g, " ");
  return missingKinds
    .flatMap((saying) => [...text.matchAll(saying)])
    .map(({ groups }) => ({ group: groups?.["group"]?.toLowerCase() ?? "", kind: groups?.["kind"] ?? "" }));
}

/**
 * Whether kube-score printed a report: a list, or null for objects of no kind that it has a check for. Its exit code is 1 both for findings
 * and for failure, and only a report is an answer.
 */
export function isScoreReport(stdout: string): boolean {
  return /^(\[|null$)/m.test(stdout);
}

/**
 * Whether age found none of the identities to fit, rather than a file that is damaged. Its errors have no code or type of their own; who
 * has the wrong key is told so, and anything else counts as damage.
 */
export function isNoIdentity(why: string): boolean {
  return /no identity matched/i.test(why);
}
