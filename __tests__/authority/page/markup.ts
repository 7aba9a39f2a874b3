/** An opening tag of a page, with what its attributes say. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const tag = /<([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>|<\/([a-z][a-z0-9]*)>|<!doctype html>/g;
const empty = ["meta", "br", "hr"];

/** The opening tags, in order. Throws where the page is not strictly of tags that close as they open, and escaped text. */
export function tagsOf(markup: string): readonly Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  let end = 0;
  for (const match of markup.matchAll(tag)) {
    requireText(markup.slice(end, match.index), open.at(-1));
    end = match.index + match[0].length;
    const [, name, attributes = "", closed] = match;
    if (closed !== undefined && open.pop() !== closed) throw new Error(`</${closed}> closes another tag`);
    if (name === undefined) continue;
    tags.push({ name, attributes: attributesOf(attributes) });
    if (!empty.includes(name)) open.push(name);
  }
  requireText(markup.slice(end), undefined);
  if (open.length > 0) throw new Error(`not closed: ${open.join(", ")}`);
  return tags;
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].map(([, name = "", value = ""]) => [name, decoded(value)]),
  );
}

function requireText(text: string, parent: string | undefined): void {
  if (parent !== "style" && /[<>"']|&(?!#\d+;)/.test(text)) throw new Error(`not escaped: ${text}`);
}

/** What a reader sees, with a bar between the cells of a row. */
export function textOf(markup: string): string {
  return decoded(
    markup
      .replace(/<style>.*?<\/style>/s, "")
      .replace(/\s*<\/t[dh]>\s*<t[dh][^>]*>\s*/g, "|")
      .replace(/<[^>]*>/g, "")
      .replace(/\s+/g, " "),
  );
}

function decoded(text: string): string {
  return text.replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)));
}
