import { withoutLabel } from "./label";
import { visible } from "./visible";

/** Ends a word for GitHub's mentions and links, and is nothing to see. As an entity, since we write no invisible character. */
const wordEnd = "&#8203;";

/**
 * Text that somebody else wrote, as one line of Markdown that shows it as it is: what has a meaning in Markdown or HTML becomes an
 * entity, mentions, addresses and references to issues are not taken for ones, what is not seen is written as an escape, and nothing in it
 * reads as the trusted label "computed by". Nothing is deleted.
 */
export function forMarkdown(text: string): string {
  return visible(withoutLabel(text))
    .replace(/[&\\`*_[\]<>~|$]/g, entity)
    .replace(/^ *(?:[#=+-]|\d+(?=[.)]))/, (start) => [...start].map(entity).join(""))
    .replace(/^ +/, (spaces) => [...spaces].map(entity).join(""))
    .replace(/@/g, `@${wordEnd}`)
    .replace(/:(?=\/\/)/g, `:${wordEnd}`)
    .replace(/www(?=\.)/gi, `$&${wordEnd}`)
    .replace(/(?<!&)#(?=\d)/g, `#${wordEnd}`)
    .replace(/GH-(?=\d)/gi, `$&${wordEnd}`);
}

/** What `forMarkdown` wrote as entities, as the characters they are; other entities stay. */
export function fromEntities(markdown: string): string {
  return markdown
    .replaceAll(wordEnd, "")
    .replace(/&(?:(lt|gt|amp)|#(\d{2,3}));/g, (found, name: string | undefined, code: string | undefined) => {
      if (name !== undefined) return { lt: "<", gt: ">", amp: "&" }[name] ?? found;
      const number = Number(code);
      return number >= 32 && number < 127 ? String.fromCharCode(number) : found;
    });
}

/** One line for fenced code of ours, where no entity is read: with nothing invisible, no mention, no comment of HTML and no label. */
export function codeLine(text: string): string {
  return visible(withoutLabel(text.replaceAll("\t", "  ")))
    .replace(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9-])/g, "@\u200b")
    .replaceAll("<!--", "<\u200b!--");
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
