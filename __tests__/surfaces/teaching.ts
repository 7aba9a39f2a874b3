/** What a default surface must not teach, found in a line of it. */
interface Lesson {
  readonly rule: string;
  readonly line: number;
  readonly text: string;
}

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Whether the passage may have it where it says that it is a legacy to leave. A command that does it never may. */
  readonly asLegacy: boolean;
}

const rules: readonly Rule[] = [
  // GitLab's own state API, as an address or as what its jobs build one from.
  {
    name: "GitLab's state API",
    pattern: /\/terraform\/state\b|\bCI_API_V4_URL\b|\bgitlab-(terraform|tofu|opentofu)\b/i,
    asLegacy: true,
  },
  {
    name: "credentials of GitLab's state API",
    pattern: /TF_HTTP_(USERNAME|PASSWORD)\s*[=:]\s*["']?(gitlab-ci-token|\$\{?CI_JOB_TOKEN|\$\{?GITLAB)/i,
    asLegacy: false,
  },
  {
    name: "an HTTP state address on GitLab",
    pattern:
      /(TF_HTTP_(LOCK_|UNLOCK_)?ADDRESS|\b(lock_|unlock_)?address)\s*[=:]\s*["']?\S*(gitlab|CI_SERVER|CI_PROJECT)/i,
    asLegacy: true,
  },
  // In words: "GitLab-managed Terraform state", "state lives in GitLab".
  {
    name: "state hosted by GitLab",
    pattern:
      /\bgitlab['’s]*[- ]+((hosted|managed|project)[- ]+)?((terraform|opentofu|tofu|http|remote)[- ]+)?(state|backend)\b/i,
    asLegacy: true,
  },
  {
    name: "state hosted by GitLab",
    pattern:
      /\b(state|states|backend)\b[^.|]{0,40}\b(in|on|at|to|by|behind|from|with)\s+(a\s+|the\s+|your\s+)?gitlab\b(?!-runners|[- ]runner)/i,
    asLegacy: true,
  },
  { name: "a legacy variable file", pattern: /(?<!-)-var-file\b/i, asLegacy: false },
  { name: "a legacy variable file", pattern: /\.tfvars\b/i, asLegacy: true },
];

/** What makes a passage one about leaving: it names the thing a legacy, or a former one, or turns it into settings. */
const leaving = /\blegac(y|ies)\b|\bformer(ly)?\b|\bflywheel convert\b/i;

/** A line that is run as it stands: indented code of Markdown, a prompt, a step of a workflow, a recipe of a Makefile. */
const command = /^(\s{4,}|\t|\s*\$\s|\s*run:)/;

/**
 * What `text` teaches that it must not: state on GitLab as anything but a legacy, or a legacy variable file as needed. A passage is
 * a paragraph, so the word "legacy" excuses the lines around it and not the page.
 */
export function lessonsIn(text: string): readonly Lesson[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index): readonly Lesson[] => {
    // A sentence goes on where the line breaks; what stands in the next line alone is that line's.
    const next = lines[index + 1]?.trim() ?? "";
    const taught = (pattern: RegExp) =>
      pattern.test(line) || (next !== "" && !pattern.test(next) && pattern.test(`${line} ${next}`));
    const broken = rules.find(
      ({ pattern, asLegacy }) => taught(pattern) && !(asLegacy && leaving.test(passageAt(lines, index)) && !runs(line)),
    );
    return broken === undefined ? [] : [{ rule: broken.name, line: index + 1, text: line.trim() }];
  });
}

/** A command that writes or reads there, whatever the words around it say; `cutover --from legacy.gitlab` is the one that leaves. */
function runs(line: string): boolean {
  return (
    command.test(line) &&
    /TF_HTTP_|-backend-config|\b(tofu|terraform|cdktf)\s+(init|plan|apply|deploy)\b/.test(line) &&
    !/TF_HTTP_LEGACY_|\bflywheel convert\b/.test(line)
  );
}

/** The lines around one, up to the next empty line; the line before an indented block belongs to it. */
function passageAt(lines: readonly string[], index: number): string {
  const isEmpty = (at: number) => (lines[at] ?? "").trim() === "";
  let [first, last] = [index, index];
  while (first > 0 && !isEmpty(first - 1)) first -= 1;
  while (last < lines.length - 1 && !isEmpty(last + 1)) last += 1;
  if (/^\s{4,}/.test(lines[first] ?? "") && first > 1 && !isEmpty(first - 2)) first -= 2;
  return lines.slice(first, last + 1).join("\n");
}
