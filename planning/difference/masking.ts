/** Stands for a value that is not shown. */
export const masked = "(sensitive)";

/** Takes every secret out of a text. */
export type Mask = (text: string) => string;

/** From here on a secret is looked for inside texts; a shorter one would blot out half of everything, and is found as a whole only. */
const shortestInside = 4;

/**
 * A mask for these secrets. It finds them inside larger texts, and in the forms that programs write them in: base64 (also as a part
 * of a longer value), percent-encoded, escaped as in JSON (by us and by the engines), and each line of a secret of several lines, which may have been indented.
 */
export function maskFor(secrets: Iterable<string>): Mask {
  const whole = new Set<string>();
  const inside = new Map<string, string>();
  for (const secret of secrets) {
    if (secret === "") continue;
    whole.add(secret);
    for (const { text, mixed } of formsOf(secret))
      if (text.length >= shortestInside) inside.set(text, mixed ? aroundMixed(escaped(text)) : escaped(text));
  }
  if (whole.size === 0) return (text) => text;
  // Longest first, so that a secret that holds another one goes as a whole.
  const forms = [...inside].sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1)).map(([, pattern]) => pattern);
  if (forms.length === 0) return (text) => (whole.has(text) ? masked : text);
  const pattern = new RegExp(forms.join("|"), "g");
  return (text) => (whole.has(text) ? masked : text.replace(pattern, masked));
}

interface Form {
  readonly text: string;
  /** The characters beside it have bits of the secret in them. */
  readonly mixed?: true;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function aroundMixed(pattern: string): string {
  return `[\\w+/-]?${pattern}[\\w+/-]?`;
}

function formsOf(secret: string): Form[] {
  const lines = secret
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= 8);
  const texts = [secret, secret.trim(), ...(lines.length > 1 ? lines : [])];
  return texts.flatMap((text) => {
    const json = JSON.stringify(text).slice(1, -1);
    const plain = [text, ...percentForms(text)];
    return [
      ...plain.map((form) => ({ text: form })),
      { text: json },
      // As the engines' jsonencode and yamlencode have it.
      { text: json.replace(/[<>&]/g, (character) => `\\u00${hex(character).toLowerCase()}`) },
      ...(text.length < shortestInside ? [] : [...new Set(plain)].flatMap(base64Forms)),
    ];
  });
}

/** Percent-encoded as in a path, and as the engines' urlencode does it: it leaves fewer characters, and a space is a plus. */
function percentForms(text: string): readonly string[] {
  // encodeURIComponent refuses half a character.
  const loose = encodeURIComponent(Buffer.from(text).toString());
  const strict = loose.replace(/[!'()*]/g, (character) => `%${hex(character)}`);
  return [loose, strict, strict.replaceAll("%20", "+")];
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase();
}

/** What the text looks like in base64 wherever it stands in the bytes that were encoded: three alignments, two alphabets. */
function base64Forms(text: string): Form[] {
  const bytes = Buffer.from(text);
  const whole = [bytes.toString("base64"), bytes.toString("base64url")];
  const parts = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // Characters at both ends are mixed with what stands beside it.
    const start = offset === 0 ? 0 : offset + 1;
    const end = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    return encoded.slice(start, end);
  });
  // A part of a few characters would be found everywhere.
  const long = parts.filter((part) => part.length >= 8);
  return [
    ...whole.map((form) => ({ text: form })),
    ...[...long, ...long.map((part) => part.replaceAll("+", "-").replaceAll("/", "_"))].map((part): Form => ({
      text: part,
      mixed: true,
    })),
  ];
}
