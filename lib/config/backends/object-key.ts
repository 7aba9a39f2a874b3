/** What this program and the engines write beside a state, at its key with this at the end. None of it is a state. */
export const besideSuffixes = [".tflock", ".cutover", ".generation", ".apply", ".applies", ".freeze"] as const;

/** Where this program keeps what belongs to the bucket and to no state: its identity, backups, scratch objects. */
export const ownFolder = ".flywheel";

/** That folder: below `state.s3.prefix`, in a bucket that others share, else at the top of the bucket. */
export function ownFolderIn(prefix: string | undefined): string {
  return prefix === undefined || prefix === "" ? ownFolder : `${prefix}/${ownFolder}`;
}

/** Bytes that S3 allows for a key, less the longest suffix of what lies beside it. */
const longestKey = 1024 - Math.max(...besideSuffixes.map((suffix) => suffix.length));

/** Bytes for a prefix: what lies in its own folder has names of its own. */
const longestPrefix = 512;

/** Why a text can't be the prefix of keys, and what one is; undefined where it can. It has no / at its end any more. */
export function prefixProblem(prefix: string): { readonly what: string; readonly expected: string } | undefined {
  const parts = prefix.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return {
      what: prefix.startsWith("/") ? "starts with /" : 'has an empty, "." or ".." part',
      expected: "a part of a bucket: names with / between them, as in org or org/team",
    };
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(prefix))
    return { what: "has a control character in it", expected: "characters that can be printed" };
  if (parts.includes(ownFolder))
    return { what: `has ${ownFolder} in it`, expected: `the part in which a ${ownFolder}/ of its own is made` };
  const size = Buffer.byteLength(prefix);
  return size > longestPrefix ? { what: `is ${size} bytes long`, expected: `at most ${longestPrefix}` } : undefined;
}

/** Why a text can't be the key of a state, and what one is; undefined where it can. */
export function keyProblem(key: string): { readonly what: string; readonly expected: string } | undefined {
  const parts = key.split("/");
  if (key.startsWith("/") || key.endsWith("/"))
    return { what: "starts or ends with /", expected: "no / at either end: the engines refuse such a key" };
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return { what: 'has an empty, "." or ".." part', expected: "parts with a name between the /" };
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(key))
    return { what: "has a control character in it", expected: "characters that can be printed" };
  if (parts.includes(ownFolder))
    return {
      what: `lies in ${ownFolder}/`,
      expected: `a key of a state: ${ownFolder}/ holds what belongs to the bucket`,
    };
  const suffix = besideSuffixes.find((one) => key.endsWith(one));
  if (suffix !== undefined)
    return { what: `ends in ${suffix}`, expected: `a key of a state: with ${suffix} it is an object beside one` };
  const size = Buffer.byteLength(key);
  if (size > longestKey)
    return {
      what: `is ${size} bytes long`,
      expected: `at most ${longestKey}, so that what lies beside it has a key, too`,
    };
  return undefined;
}
