import { spawnSync } from "node:child_process";
import { z } from "zod";
import { type Manifest } from "../../planning/manifests/convert";
import { afterApply, type PlannedManifest } from "../../planning/manifests/manifests";
import { isScoreReport } from "../../lib/foreign-words";

/** One thing that a check has against one object. */
export interface Finding {
  /** The check's stable name: `pod-networkpolicy`. */
  readonly check: string;
  /** `Deployment/runner-dashboard/runner-dashboard`: kind, namespace (`-` for none), name. */
  readonly object: string;
  /** What the tool says, in one line. */
  readonly says: string;
}

const report = z.array(
  z.object({
    type_meta: z.object({ kind: z.string() }),
    object_meta: z.object({ name: z.string(), namespace: z.string().optional() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
);

/** kube-score's grade of a check that holds. */
const holds = 10;

/**
 * What `program` (kube-score) finds in the objects of one stack, which it looks at together: a policy in one covers a pod in another.
 * @throws Error where it cannot read them: an object that is not understood was not checked.
 */
export function findings(program: string, manifests: readonly PlannedManifest[]): readonly Finding[] {
  if (manifests.length === 0) return [];
  const input = manifests.map(({ manifest }) => withoutUnknown(manifest)).join("\n---\n");
  const { stdout, stderr, error } = spawnSync(
    program,
    ["score", "--output-format", "json", "--kubernetes-version", "v1.31", "-"],
    { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (error !== undefined || !isScoreReport(stdout))
    throw new Error(`kube-score cannot read the manifests: ${error?.message ?? stderr.trim()}`);
  // null: no object of a kind that it has a check for.
  return (report.nullable().parse(JSON.parse(stdout)) ?? []).flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < holds)
      .map(({ check, comments }) => ({
        check: check.id,
        object: `${type_meta.kind}/${object_meta.namespace || "-"}/${object_meta.name}`,
        says: (comments ?? []).map(({ path, summary }) => (path === "" ? summary : `${path}: ${summary}`)).join("; "),
      })),
  );
}

/**
 * An object as JSON, which every reader of YAML reads alike (plain YAML has words that are true in 1.1 and a text in 1.2). Without
 * what only an apply tells: a word that stands for a list is no list.
 */
function withoutUnknown(manifest: Manifest): string {
  return JSON.stringify(manifest, (_key, part: unknown) => (part === afterApply ? undefined : part));
}
