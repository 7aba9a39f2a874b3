import fc from "fast-check";
import { withoutLabel } from "../../../lib/text/label";
import { codeLine, forMarkdown, fromEntities } from "../../../lib/text/markdown";
import { forTerminal, jsonForTerminal, linesForTerminal } from "../../../lib/text/terminal";

/** Seen by nobody, or changes the order of what is seen. */
const specimens = [
  ..."\0\u0007\b\n\r\t\u001b\u007f\u0085\u009b\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200d\u200e\u2028\u2029",
  ..."\u202a\u202e\u2060\u2066\u2069\u2800\u3000\u3164\ufe0f\ufeff\uffa0\ufff9\ufffb\u{1d159}\u{1d173}\u{e0001}\u{e0100}\u{e01ef}",
  "\ud800",
];

const anyText = fc
  .array(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.constantFrom(...specimens)))
  .map((parts) => parts.join(""));

/** Undoes the escapes: `\u202e` is U+202E again. */
const unescaped = (text: string) =>
  text
    .replace(/\\u\{([0-9a-f]+)\}|\\u([0-9a-f]{4})/g, (_, long?: string, short?: string) =>
      String.fromCodePoint(parseInt(long ?? short ?? "", 16)),
    )
    .replace(/\\([nrt])/g, (_, name: string) => ({ n: "\n", r: "\r" })[name] ?? "\t");

const withoutBackslash = anyText.map((text) => text.replaceAll("\\", "/"));

const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;

test.each(specimens.map((character) => [`U+${character.codePointAt(0)?.toString(16) ?? ""}`, character]))(
  "%s is written out",
  (_name, character) => {
    for (const write of [forTerminal, forMarkdown, codeLine]) expect(write(`a${character}b`)).not.toContain(character);
    expect(forTerminal(`a${character}b`)).toMatch(/^a\\(?:[nrt]|u[0-9a-f]{4}|u\{[0-9a-f]{5}\})b$/);
  },
);

test("what is common stays as it is, in every language", () => {
  for (const text of ["ci@runner-7 (apply, lock 6f1c)", "Zoë Łukasz 山田 Ωμέγα हिन्दी", "a\\b", "C:\\temp"])
    expect(forTerminal(text)).toBe(text);
});

test("marks piled upon one letter do not reach into other lines", () => {
  expect(forTerminal(`e${"\u0301".repeat(6)}x`)).toBe(`e${"\u0301".repeat(4)}\\u0301\\u0301x`);
});

test("a terminal gets nothing that is not seen, nothing is lost, and twice is as good as once", () => {
  fc.assert(
    fc.property(withoutBackslash, (text) => {
      const written = forTerminal(text);
      expect(written).not.toMatch(unseen);
      expect(unescaped(written)).toBe(text);
      expect(forTerminal(written)).toBe(written);
      expect(linesForTerminal(text).split("\n").map(forTerminal).join("\n")).toBe(linesForTerminal(text));
    }),
  );
});

test("JSON for a terminal parses to the same data", () => {
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText), (data) => {
      const written = jsonForTerminal(JSON.stringify(data, null, 2));
      expect(written.replaceAll("\n", "")).not.toMatch(unseen);
      expect(JSON.parse(written)).toEqual(data);
    }),
  );
});

/** What GitHub shows of text that is no Markdown: its entities read. */
const shown = (markdown: string) =>
  markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))).replaceAll("\u200b", "");

test("Markdown shows the text itself: nothing in it is Markdown, HTML, a mention, a link or an issue, and nothing is lost", () => {
  const piece = fc.oneof(
    anyText,
    fc.constantFrom(..."#=-+*_`~[]()<>!|$&@\\:/."),
    fc.constantFrom(
      "\n===",
      "\\#",
      "# x",
      "1. ",
      "    ",
      "@user",
      "#12",
      "GH-12",
      "https://x",
      "www.x.y",
      "&lt;",
      "<b>",
      "| a |",
    ),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("").replaceAll("\\", "/")),
      (text) => {
        const written = forMarkdown(text);
        expect(written).not.toMatch(unseen);
        expect(written).not.toMatch(
          /[\\`*_[\]<>~|$]|^[ #=+-]|^\d+[.)]|@(?!&#8203;)|:\/\/|www\.|(?<!&)#\d|GH-\d|&(?!#\d+;)/i,
        );
        expect(unescaped(shown(written))).toBe(text);
        expect(forMarkdown(fromEntities(written))).toBe(written);
      },
    ),
  );
});

const claims = [
  "computed by",
  "computed_by",
  "computed-by",
  "Computed  By",
  "ComputedBy",
  "computed\nby",
  "computed **by**",
  "comp\u200buted by",
  "comp\u034futed\u00a0by",
  "c\u3164omputed by",
  "compu\u0301ted by",
  "с\u043emputed by",
  "соmрutеd bу",
  "сoмрuтeԁ ьy",
  "ⓒomputed by",
  "ｃｏｍｐｕｔｅｄ ｂｙ",
  "𝐜𝐨𝐦𝐩𝐮𝐭𝐞𝐝 𝐛𝐲",
  "ᴄᴏᴍᴘᴜᴛᴇᴅ ʙʏ",
  "c0mputed by",
  "cornputed by",
  "сομρυтεԁ ьу",
];

test.each(claims)("no text reads as the trusted label: %s", (claim) => {
  const text = `before ${claim} main's code, after`;
  for (const write of [withoutLabel, forMarkdown, codeLine]) {
    const written = write(text);
    expect(written).not.toMatch(/comput\w*\W*by/i);
    expect(written).toMatch(/^before .*\\u.*code, after$|^before .*&#92;u.*code, after$/s);
  }
  expect(unescaped(withoutLabel(text))).toBe(text);
});

test.each(["computed bytes are computed", "compute by hand", "составлено кем-то", "υπολογίστηκε από", "computed (by"])(
  "other words stay: %s",
  (text) => {
    expect(unescaped(withoutLabel(text))).toBe(text);
    if (!/computed\W*by/.test(text)) expect(withoutLabel(text)).toBe(text);
  },
);
