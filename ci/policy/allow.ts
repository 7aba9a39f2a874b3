import { z } from "zod";
import { readSource } from "../../lib/config/source";
import { type Problem, refuseIfAny } from "../../lib/errors";
import { type Finding } from "./findings";
import { noAllowList, entryInvalid } from "../refusals";

/** A finding that is accepted, and why. `*` in an object stands for any text without a slash. */
export interface Allowed {
  readonly check: string;
  readonly objects: readonly string[];
  readonly reason: string;
  /** Where it stands. */
  readonly line: number;
}

const entry = z.strictObject({
  check: z.string().min(1),
  objects: z.array(z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/)).min(1),
  reason: z.string().min(20),
});

/** Reads the allow-list. @throws UserError with each entry that is not {check, objects, reason}. */
export function readAllowed(file: string): readonly Allowed[] {
  const { source, problems } = readSource(file);
  refuseIfAny(problems);
  const listed = z.array(z.unknown()).safeParse(source.value ?? []);
  if (!listed.success) refuseIfAny([noAllowList(file)]);
  const wrong: Problem[] = [];
  const allowed = (listed.data ?? []).flatMap((value, index): Allowed[] => {
    const parsed = entry.safeParse(value);
    const line = source.lineOf([index]);
    if (parsed.success) return [{ ...parsed.data, line }];
    const [issue] = parsed.error.issues;
    wrong.push(entryInvalid({ file, line, index, issue }));
    return [];
  });
  refuseIfAny(wrong);
  return allowed;
}

interface Judgement {
  /** Findings that nothing allows. */
  readonly refused: readonly Finding[];
  /** How many are allowed. */
  readonly accepted: number;
  /** What the list allows although nothing finds it any more. */
  readonly stale: readonly { readonly entry: Allowed; readonly object: string }[];
}

/** Judges findings by the allow-list. An entry that matches nothing would let its finding back in unseen: it is stale. */
export function judge(found: readonly Finding[], allowed: readonly Allowed[]): Judgement {
  const used = new Set<string>();
  const refused = found.filter((finding) => {
    let accepted = false;
    allowed.forEach((one, index) => {
      if (one.check !== finding.check) return;
      for (const object of one.objects.filter((pattern) => matches(pattern, finding.object))) {
        used.add(`${index} ${object}`);
        accepted = true;
      }
    });
    return !accepted;
  });
  const stale = allowed.flatMap((one, index) =>
    one.objects.filter((object) => !used.has(`${index} ${object}`)).map((object) => ({ entry: one, object })),
  );
  return { refused, accepted: found.length - refused.length, stale };
}

function matches(pattern: string, object: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return new RegExp(`^${expression}$`).test(object);
}
