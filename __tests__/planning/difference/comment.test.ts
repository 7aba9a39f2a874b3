import fc from "fast-check";
import { commentMarker, previewComment, readChangedFiles, shortestComment } from "../../../planning/difference/comment";
import { UserError } from "../../../lib/errors";

const settings = ["config/environments/dev/attic.yaml"];
const trusted = "**computed by main's code**";
const own = "**computed by this PR's own code**";

const comment = (markdown: string, changedFiles: readonly string[] = [...settings, "lib/errors.ts"], max?: number) =>
  previewComment({ markdown, changedFiles, baseRef: "main", ...(max === undefined ? {} : { max }) });

/** What follows what we say ourselves. */
const body = (text: string) => text.split("\n").slice(2).join("\n");

test("begins with the marker, and says whose code it was by the changed files alone", () => {
  expect(comment("x", settings).startsWith(`${commentMarker}\n${trusted}`)).toBe(true);
  expect(comment("x").startsWith(`${commentMarker}\n${own}`)).toBe(true);
});

test.each([
  ["code beside configuration", ["config/organization.yaml", "stacks/attic.ts"]],
  ["code alone", ["package-lock.json"]],
  ["a folder that begins alike", ["config-tools/run.ts"]],
  ["a way out of the folder", ["config/../lib/errors.ts"]],
  ["no file at all", []],
  ["more files than GitHub lists", Array.from({ length: 3000 }, (_, index) => `config/${index}.yaml`)],
])("not trusted: %s", (_name, files) => {
  expect(comment("computed by main's code", files)).not.toContain(trusted);
  expect(comment("computed by main's code", files)).toContain(own);
});

test("a file that was renamed out of the program counts", () => {
  const files = readChangedFiles(
    JSON.stringify([{ filename: "config/x.yaml", previous_filename: "lib/x.ts", status: "renamed" }]),
    "files.json",
  );
  expect(files).toEqual(["config/x.yaml", "lib/x.ts"]);
  expect(readChangedFiles(JSON.stringify([[{ filename: "a" }], [{ filename: "b" }]]), "files.json")).toEqual([
    "a",
    "b",
  ]);
});

test.each(["", "{}", "config/x.yaml", '["config/x.yaml"]', '[{"name":"x"}]', '[{"filename":"a"}][{"filename":"b"}]'])(
  "a list that is not GitHub's proves nothing: %s",
  (text) => {
    expect(() => readChangedFiles(text, "files.json")).toThrow(UserError);
  },
);

test("a preview of ours stays what it is", () => {
  const table = "| stack | add |\n|---|--:|\n| attic | 1 |";
  const folded =
    '<details>\n<summary>attic: 1 line</summary>\n\n```diff\n~ helm_release.x\n     image: "a@sha256:1" -> "b<c>"\n```\n\n</details>';
  const text = body(comment(`### Flywheel preview against main\n\n${table}\n\n${folded}\n`));
  expect(text).toContain(table);
  expect(text).toContain(
    '<details>\n<summary>attic: 1 line</summary>\n\n```diff\n~ helm_release.x\n     image: "a@sha256:1" -> "b<c>"\n```\n\n</details>',
  );
});

test.each([
  ["a mention", "@everyone (@org/team)", /@[a-z]/],
  ["a link", "[ok](https://evil.example)", /\]\(|https?:\/\/|\[/],
  ["an escaped link", "\\[ok](https://evil.example)", /\]\(|[^&]\[/],
  ["an image", "![x](//evil.example/p.png)", /!\[|\]\(/],
  ["a bare address", "see www.evil.example", /www\./],
  ["HTML", '<img src=x><a href="javascript:x">y</a>', /<img|<a /],
  ["an entity that is one later", "&lt;b&gt; &#64;everyone &commat;all", /<b|&#64;|&commat;/],
  ["another marker", `${commentMarker}`, /<!--/],
  ["an issue", "fixes #12, GH-12", /#12|GH-12/],
  ["control and direction", "a\u0000b\u001b[31m\u202ec\u200b", /[\0\u001b\u202e]/], // eslint-disable-line no-control-regex -- they are what is meant
  ["our own claim", "**computed by main's code**", /computed\W*by/],
  ["our own claim in disguise", "this was comp\u200buted\u00a0  by\tmain's code", /uted\W*by|\u200buted/],
  ["our own claim with entities", "computed&#95;by &#99;omputed by", /computed\W*by|computed&#95;by/],
  ["our own claim over two lines", "computed\nby main's code", /computed\W*by/],
  ["our own claim in code", "```diff\n+ computed_by: main's code\n```", /computed.?by/],
  ["a heading by the line below", "Trusted\n===\nx\n---", /^=|^-+$/m],
  ["a heading by a backslash", "\\# Trusted", /^#|^\\/m],
  ["a heading", "# Trusted", /^#/m],
])("untrusted text has no %s", (_name, markdown, forbidden) => {
  expect(body(comment(markdown))).not.toMatch(forbidden);
  expect(body(comment(`<details>\n<summary>${markdown}</summary>\n`))).not.toMatch(forbidden);
});

test("no text is deleted: not what stands beside a claim, nor what nobody sees", () => {
  const said = body(
    comment("```diff\n+ label: computed-by: the new value\n```\n\nx computed by y, and more\u202e\u3164\n\\# z"),
  );
  expect(said).toContain("+ label: computed-\\u0062y: the new value");
  expect(said).toContain("x computed &#92;u0062y y, and more&#92;u202e&#92;u3164\n&#92;#");
});

test("a bold beginning, a heading of ours and list items stay what they are", () => {
  expect(
    body(comment("### Flywheel preview against main (1)\n\n**Data loss:** a_b is destroyed\n\n- collision: x")),
  ).toBe("\n**Flywheel preview against main (1)**\n\n**Data loss:** a&#95;b is destroyed\n\n- collision: x\n");
});

test("code that is not closed is closed, and so is what is folded", () => {
  const text = body(comment("<details>\n<details>\n```diff\n</details>\n<!-- x -->"));
  expect(text.match(/^<details>$/gm)).toHaveLength(2);
  expect(text.trimEnd().endsWith("</details>\n\n</details>")).toBe(true);
  expect(text).not.toContain("<!--");
});

test("what is too long is cut inside what it says", () => {
  const markdown = `### t\n\n<details>\n<summary>s</summary>\n\n\`\`\`diff\n${"x".repeat(70)}\n`.concat(
    `${"y".repeat(70)}\n`.repeat(5000),
    "```\n\n</details>\n",
  );
  const text = comment(markdown);
  expect(text.length).toBeLessThanOrEqual(60_000);
  expect(text).toMatch(/```\n\n<\/details>\n\n\d+ more lines are cut here/);
});

test("never too long, no marker, claim, mention or HTML of its own, whatever the text is", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "@user ",
      "x@user",
      "\n",
      "`",
      "```\n",
      "````diff\n",
      "<details>\n",
      "</details>\n",
      "<summary>",
      "</summary>\n",
      commentMarker,
      trusted,
      "Computed  by ",
      "<!--",
      "<b>",
      "[a](b)",
      "\\",
      "&lt;",
      "&#64;a",
      "https://x",
      "\r",
      "\u200b",
      "\u202e",
      "#1",
      "~~~\n",
      "    ",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: shortestComment, max: 3000 }), (pieces, max) => {
      const text = comment(pieces.join(""), undefined, max);
      expect(text.length).toBeLessThanOrEqual(max);
      const rest = body(text);
      expect(text.startsWith(`${commentMarker}\n${own}`)).toBe(true);
      expect(rest).not.toContain("<!--");
      expect(rest).not.toMatch(/computed\W*by/i);
      expect(rest).not.toMatch(/(?<![A-Za-z0-9])@[A-Za-z0-9-]/);
      // Outside code there is no HTML but ours, and every fence and fold is closed.
      let mark: string | undefined;
      let open = 0;
      for (const line of rest.split("\n")) {
        if (mark === undefined) {
          mark = /^(`{3,})diff$/.exec(line)?.[1];
          if (line === "<details>") open++;
          else if (line === "</details>") open--;
          else if (mark === undefined)
            expect(line.replace(/^<summary>([^<]*)<\/summary>$/, "$1")).not.toMatch(/[<>`[\]]|@(?!&#8203;)/);
        } else if (line === mark) mark = undefined;
      }
      expect([mark, open]).toEqual([undefined, 0]);
    }),
    { numRuns: 400 },
  );
});
