/**
 * Text that somebody else wrote, made fit to stand in a comment of ours. It keeps what our own Markdown is made of - lines, tables,
 * fenced code, `<details>` with a `<summary>` - and turns everything else into plain text: no other HTML, no comment, no link or image,
 * no mention, no reference to an issue, no control or direction character. What opens is closed.
 */
export function cleanedLines(untrusted: string): readonly string[] {
  const output: string[] = [];
  let open = 0;
  let fence: { readonly mark: string; readonly lines: string[] } | undefined;
  const put = (...lines: readonly string[]) => {
    // One blank line is as good as many.
    for (const line of lines) if (line !== "" || output.at(-1) !== "") output.push(line);
  };
  const endFence = () => {
    if (fence === undefined) return;
    // After a blank line, since a line of HTML goes on until then.
    put("");
    output.push(...fenced(fence.lines), "");
    fence = undefined;
  };
  for (const line of withoutInvisible(untrusted).split("\n")) {
    if (fence !== undefined) {
      if (line.trimEnd() === fence.mark) endFence();
      else fence.lines.push(line);
      continue;
    }
    const text = line.trim();
    const opening = /^(`{3,})[a-z]*$/.exec(text)?.[1];
    const summary = /^<summary>(.*)<\/summary>$/.exec(text)?.[1];
    if (opening !== undefined) fence = { mark: opening, lines: [] };
    else if (text === "<details>") {
      open++;
      put("", "<details>");
    } else if (text === "</details>") {
      if (open > 0) put("", "</details>", "");
      open = Math.max(0, open - 1);
    } else if (summary !== undefined && output.at(-1) === "<details>") put(`<summary>${plain(summary)}</summary>`, "");
    else put(plain(text.replace(/^#+\s*/, "")));
  }
  endFence();
  for (; open > 0; open--) put("", "</details>");
  return output;
}

/** As code that no line of it can end. */
function fenced(lines: readonly string[]): readonly string[] {
  const text = lines.map((line) => unspoken(line).replaceAll("<!--", "<\u200b!--"));
  const longestRun = Math.max(0, ...text.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const mark = "`".repeat(Math.max(3, longestRun + 1));
  return [`${mark}diff`, ...text, mark];
}

const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Text between Markdown, as itself: what has a meaning there becomes an entity, which has none. */
function plain(text: string): string {
  const written = text
    .replace(/&(lt|gt|amp);/g, (entity) => entities[entity] ?? entity)
    .replace(/\\([!-{}~])/g, "$1")
    .replace(/\\\|/g, "&#124;");
  return unspoken(
    written
      .replace(/&(?!#124;)/g, "&amp;")
      .replace(/[\\`*_[\]<>~!"']/g, (character) => `&#${character.charCodeAt(0)};`),
  )
    .replace(/@(?!\u200b)/g, "@\u200b")
    .replace(/:(?=\/\/)/g, ":\u200b")
    .replace(/\bwww(?=\.)/gi, "www\u200b")
    .replace(/(?<!&)#(?=\d)/g, "#\u200b")
    .replace(/\bGH-(?=\d)/gi, "GH-\u200b");
}

/** Without mentions, and without a claim about whose code computed something: to say that is not the text's to do. */
function unspoken(text: string): string {
  return text
    .replace(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9-])/g, "@\u200b")
    .replace(/\s*(\bthis\s+was\s+)?computed\W*\bby\b.*$/is, "");
}

/** Without characters that nobody sees: they hide words from us or order from readers. Line ends are `\n`. */
function withoutInvisible(text: string): string {
  const visible = text.replace(/\r\n?/g, "\n").replace(/\t/g, "  ");
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- they are what is meant
  return visible.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e007f}]/gu,
    "",
  );
}
