import { type StackName } from "../../lib/config/names";
import { type AttributeChange } from "./attribute-changes";
import { sameData } from "./same-data";

/** A changed attribute in its resource. */
interface ChangeInContext {
  readonly stack: StackName;
  readonly type: string;
  readonly change: AttributeChange;
  /** The other changes of the resource. */
  readonly siblings: readonly AttributeChange[];
  /** Whether the plan changes a config map or a secret, too. */
  readonly textsChange: boolean;
  /** What stood in for secrets, by their names. */
  readonly placeholders: ReadonlyMap<string, string>;
}

interface Reason {
  readonly holds: (context: ChangeInContext) => boolean;
  readonly words: string;
}

/** What the first plan on a state of the HCL stacks changes, and why. The first that holds is the reason. */
const reasons: readonly Reason[] = [
  {
    words: "the same data, written by a library now",
    holds: ({ change }) => sameData(change.before, change.after),
  },
  {
    words: "a script of the program's own; the old stack's text is retired",
    holds: ({ change: { path, before, after } }) =>
      /container\[\d+\]\.(args|command)\[\d+\]$/.test(path) && isScript(before) && isScript(after),
  },
  {
    words: "a Caddyfile of the program's own; the old stack's text is retired",
    holds: ({ stack, change: { path } }) => stack === "runner-dashboard" && path === "data.Caddyfile",
  },
  {
    words: "the checksum of a text that changes in this plan",
    holds: ({ change: { path }, textsChange }) => textsChange && /annotations\["checksum\/[\w-]+"\]$/.test(path),
  },
  {
    words: "the checksum of a text that changes in this plan",
    holds: ({ change: { path }, textsChange }) => textsChange && /annotations\.checksum\w*$/.test(path),
  },
  {
    words: "what Helm notes of a release: known after the upgrade",
    holds: ({ type, change: { path, unknown }, siblings }) =>
      type === "helm_release" && unknown && path === "metadata" && siblings.length > 1,
  },
  {
    words: "HAZARDS: the host was empty, which an API server rejects; it is made from the environment's domain now",
    holds: ({ stack, type, change: { path, before } }) =>
      stack === "attic" &&
      type === "kubernetes_ingress_v1" &&
      /\.(host|hosts\[\d+\])$/.test(path) &&
      (before ?? "") === "",
  },
  {
    words: "HAZARDS: the DreamHost key reaches curl on stdin, not on a command line",
    holds: ({ stack, type, change: { path } }) =>
      stack === "attic" && type === "terraform_data" && /^(input|output)/.test(path),
  },
];

/** Why this attribute changes when a state is adopted; undefined where nobody knows. */
export function reasonFor(context: ChangeInContext): string | undefined {
  return reasons.find(({ holds }) => holds(context))?.words ?? placeholderIn(context);
}

/** The change is the placeholder's own: the plan with the secret may well have none. */
function placeholderIn({ change: { after }, placeholders }: ChangeInContext): string | undefined {
  const text = JSON.stringify(after ?? null);
  const names = [...placeholders].flatMap(([name, value]) => {
    const written = JSON.stringify(value).slice(1, -1);
    // In base64, whatever stands before it; the ends depend on what stands beside them.
    const encoded = [0, 1, 2].map((before) =>
      Buffer.concat([Buffer.alloc(before), Buffer.from(value)])
        .toString("base64")
        .slice(before === 0 ? 0 : 4, -4),
    );
    return text.includes(written) || encoded.some((part) => part.length >= 8 && text.includes(part)) ? [name] : [];
  });
  if (names.length === 0) return undefined;
  return `a placeholder stands in for a secret: set ${names.map((name) => `TF_VAR_${name}`).join(" and ")} for the true plan`;
}

/** Types whose pod template cannot change: another script needs another object. */
export function mustBeReplaced(type: string): boolean {
  return /^kubernetes_job(_v1)?$/.test(type);
}

function isScript(value: unknown): boolean {
  return typeof value === "string" && /\s/.test(value.trim());
}
