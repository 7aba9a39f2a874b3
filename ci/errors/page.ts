import { type ErrorSite } from "./codes";

const head = `# Errors, by code

Every error has a code that does not change; \`--json\` prints it. The words may change. What differs from case to case stands in \`<>\`.
This page is made from the source: \`make errors\` writes it anew.

`;

/** The page that lists every code with cause and remedy, sorted. */
export function errorsPage(sites: readonly ErrorSite[]): string {
  const byCode = new Map<string, ErrorSite[]>();
  for (const site of sites) byCode.set(site.code, [...(byCode.get(site.code) ?? []), site]);
  const codes = [...byCode.keys()].sort((a, b) => (a < b ? -1 : 1));
  return head + codes.map((code) => section(code, byCode.get(code) ?? [])).join("\n");
}

function section(code: string, sites: readonly ErrorSite[]): string {
  const causes = distinct(sites.map(({ what }) => what));
  const hints = distinct(
    sites.flatMap(({ expected, remedy }) => [expected === undefined ? undefined : `expected ${expected}`, remedy]),
  );
  if (causes.length === 0) causes.push("...");
  const lines = [
    ...causes.map((what) => `- ${what === "..." ? "its words come from what was found" : inCode(what)}`),
    ...hints.map((hint) => `  - ${inCode(hint)}`),
  ];
  return `## ${code}\n\n${lines.join("\n")}\n`;
}

/** Sorted: in which file an error is made does not show, so that moving it changes nothing here. */
function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))].sort();
}

/** Code that keeps backticks and angle brackets as they are, on one line. */
function inCode(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " / ").trim();
  return line.includes("`") ? `\`\` ${line} \`\`` : `\`${line}\``;
}
