import { forHtml } from "../../../lib/text/html";

/** Markup of ours. Everything else that comes into a page is text, and is escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

type Part = string | number | Html | readonly Html[] | undefined;

/** Markup with values in it: text is escaped by `forHtml`, markup of ours stays, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + (index < parts.length ? written(parts[index]) : "")).join(""));
}

function written(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string" || typeof part === "number") return forHtml(String(part));
  return part.map(({ markup }) => markup).join("");
}
