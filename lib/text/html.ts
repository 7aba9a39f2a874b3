import { visible } from "./visible";

/**
 * Text that somebody else wrote, for HTML: as an element's text, and as a value of an attribute in quotes. What is not seen is written as an
 * escape, and nothing in it is markup. Nothing is deleted.
 */
export function forHtml(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
