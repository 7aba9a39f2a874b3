/** Whose code computed a difference. A change's own code could say anything. */
export type ComputedBy =
  /** The base's program planned both sides: the change touches configuration only. */
  | { readonly by: "base"; readonly ref: string }
  /** The change has its own code, and that planned the head. */
  | { readonly by: "change" }
  /** The configuration is in another repository: this program planned both sides. */
  | { readonly by: "program"; readonly commit: string };

/** In one sentence, for people: the trusted label. */
export function computedByText(computed: ComputedBy): string {
  return `computed by ${codeText(computed)}`;
}

/** Whose code it was: `main's code`. */
export function codeText(computed: ComputedBy): string {
  switch (computed.by) {
    case "base":
      return `${computed.ref}'s code`;
    case "change":
      return "this change's own code";
    case "program":
      return `this program's code (${computed.commit}), both sides`;
  }
}

/**
 * Whether every file lies in the configuration's folder, so that a change of them cannot touch the program. `folder` and `files` are paths
 * from the repository's top; a folder that is the whole repository holds the program too.
 */
export function configurationOnly(files: readonly string[], folder: string): boolean {
  const prefix = folder.replace(/\/+$/, "").replace(/^\.\//, "");
  if (prefix === "" || prefix === "." || prefix.split("/").includes("..")) return false;
  return files.every((file) => file.startsWith(`${prefix}/`) && !file.split("/").includes(".."));
}
