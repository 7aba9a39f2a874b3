import { z } from "zod";
import { forMarkdown } from "../../lib/text/markdown";

/** What one look at a stack found: addresses and reasons, no value. It goes from the step that has secrets to the one that has a token. */
export const reportSchema = z.discriminatedUnion("looked", [
  z.strictObject({ looked: z.literal(true), id: z.string(), drift: z.array(z.string()) }),
  /** Nobody could look, and why. */
  z.strictObject({ looked: z.literal(false), id: z.string(), why: z.array(z.string()) }),
]);

export type Report = z.output<typeof reportSchema>;

const plannedSchema = z.object({ ok: z.literal(true), id: z.string(), drift: z.array(z.string()) });
const refusedSchema = z.object({ ok: z.literal(false), problems: z.array(z.object({ what: z.string() })) });

/** The report of what `flywheel plan ID --json --read-only` printed. What cannot be read is not "no drift". */
export function reportOf(id: string, stdout: string): Report {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    return { looked: false, id, why: ["flywheel plan printed no document; its log says why"] };
  }
  const planned = plannedSchema.safeParse(document);
  if (planned.success && planned.data.id === id) return { looked: true, id, drift: planned.data.drift };
  const refused = refusedSchema.safeParse(document);
  const why = refused.success ? refused.data.problems.map(({ what }) => what) : [];
  return { looked: false, id, why: why.length > 0 ? why : ["flywheel plan told of something else"] };
}

/** The first line of an issue of ours about a stack. */
export const markerOf = (id: string) => `<!-- flywheel:drift ${id} -->`;

/** The issue's text. Addresses come out of a state, so they are others' text. */
export function issueBody(id: string, drift: readonly string[]): string {
  return [
    markerOf(id),
    `${drift.length} of ${forMarkdown(id)} ${drift.length === 1 ? "is" : "are"} not as the state has it:`,
    "",
    ...drift.slice(0, 200).map((address) => `- ${forMarkdown(address)}`),
    ...(drift.length > 200 ? [`- and ${drift.length - 200} more`] : []),
    "",
    `\`flywheel plan ${forMarkdown(id)} --read-only\` shows what. Somebody changed it by hand: change the configuration, or apply it again. This issue is closed by the run that finds no drift.`,
    "",
  ].join("\n");
}
