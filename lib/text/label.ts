import { escaped, isUnseen } from "./visible";

/** The words that only our own comments may begin with; they tell whose code computed a preview. */
const label = "computedby";
const firstWord = "computed".length;

/**
 * Letters that look like one of the label's, by the letter that they look like (Unicode Technical Standard 39, what is left of its table
 * after compatibility decomposition and lower case).
 */
const lookAlikes: Readonly<Record<string, string>> = {
  b: "ƅβвьꮟᏼᑲᖯᗷꓐꞵʙ",
  c: "ϲсꮯᴄⲥꓚ𐐽",
  d: "ԁꭰꮷᑯᗞᗪꓒꓓᴅ",
  e: "εеҽꭼ℮⋿ⴹꓰꬲᴇ",
  m: "μϻмꮇᗰᛖⲙꓟᴍ",
  o: "οσоօჿᴏᴑⲟⵔ〇ꓳꬽ𐐬𐓪0",
  p: "ρрꮲᑭ⍴ⲣꓑᴘ",
  t: "τтꭲ⊤⟙ⲧꓔᴛ",
  u: "ʋυսሀᑌᴜ∪⋃ꓴꞟꭎꭒ𐓶",
  y: "ɣʏυγуүყꭹꮍᶌỿⲩꓬꭚ",
};

const anyLookAlike = new Set(Object.values(lookAlikes).flatMap((letters) => [...letters.toLowerCase()]));

/** How many of the label's letters must be there as themselves before any foreign letter counts as one of the others. */
const enoughOfItself = 3;

interface Letter {
  /** Where its character begins in the text. */
  readonly start: number;
  /** Folded: without marks, compatibility forms and case. */
  readonly folded: string;
  readonly ascii: boolean;
  /** Whether something stands between it and the letter before. */
  readonly apart: boolean;
}

/**
 * The text in which nothing reads as the trusted label "computed by", in whatever letters, case or punctuation: one letter of it, and
 * each of its foreign or invisible characters, is written as an escape (`computed \u0062y`). Nothing is deleted.
 */
export function withoutLabel(text: string): string {
  const letters = lettersOf(text);
  const marked = new Set<number>();
  for (let at = 0; at < letters.length; at++) {
    const match = labelAt(letters, at);
    if (match === undefined) continue;
    for (const { start, ascii } of match) if (!ascii) marked.add(start);
    const second = match[match.length - 2];
    if (second !== undefined) marked.add(second.start);
  }
  if (marked.size === 0) return text;
  let output = "";
  let index = 0;
  for (const character of text) {
    output += marked.has(index) ? escaped(character) : character;
    index += character.length;
  }
  return output;
}

function lettersOf(text: string): readonly Letter[] {
  const letters: Letter[] = [];
  let index = 0;
  let apart = false;
  for (const character of text) {
    const start = index;
    index += character.length;
    if (isUnseen(character) && !/\s/u.test(character)) continue;
    const folded = foldedForm(character);
    for (const one of folded) {
      letters.push({ start, folded: one, ascii: character.charCodeAt(0) < 128, apart });
      apart = false;
    }
    // Marks belong to the letter before them; what else is no letter stands between two.
    if (folded === "" && !/\p{M}/u.test(character)) apart = true;
  }
  return letters;
}

/** A character as the letters that it stands for, in lower case: `ﬁ` is two. Signs that look like no letter are none. */
function foldedForm(character: string): string {
  if (/^[\0-\x7f]$/.test(character)) return /^[a-z0-9]$/i.test(character) ? character.toLowerCase() : "";
  const folded = character.normalize("NFKD").toLowerCase();
  return [...folded].filter((one) => /[\p{L}\p{N}]/u.test(one) || anyLookAlike.has(one)).join("");
}

/** The letters of the label that begins at one; `rn` counts as m, as it looks. */
function labelAt(letters: readonly Letter[], first: number): readonly Letter[] | undefined {
  const match: Letter[] = [];
  let itself = 0;
  let resembling = 0;
  let next = first;
  for (let index = 0; index < label.length; index++) {
    const letter = letters[next];
    const wanted = label[index];
    if (letter === undefined || wanted === undefined) return undefined;
    if (letter.apart && index !== 0 && index !== firstWord) return undefined;
    const after = letters[next + 1];
    if (letter.folded === wanted) itself++;
    else if (wanted === "m" && letter.folded === "r" && after?.folded === "n" && !after.apart) {
      match.push(letter);
      next++;
      itself++;
    } else if (looksLike(letter.folded, wanted)) resembling++;
    else if (letter.ascii) return undefined;
    match.push(letters[next] ?? letter);
    next++;
  }
  return itself >= enoughOfItself || itself + resembling === label.length ? match : undefined;
}

function looksLike(folded: string, wanted: string): boolean {
  return lookAlikes[wanted]?.includes(folded) === true;
}
