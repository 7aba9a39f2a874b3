import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checkout } from "./checkout";

jest.setTimeout(300_000);

interface Document {
  readonly computed_by: { readonly text: string };
  readonly stacks: readonly {
    readonly id: string;
    readonly status: string;
    readonly refused: readonly unknown[];
    readonly state: { readonly before: unknown; readonly after: unknown; readonly moves: boolean };
    readonly resources: readonly {
      readonly address: string;
      readonly kind: string;
      readonly previous_address?: string;
      readonly attributes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
    }[];
  }[];
  readonly collisions: readonly { readonly code: string }[];
}

let checkout: Checkout;
beforeAll(() => (checkout = Checkout.create()));
beforeEach(() => checkout.restore());
afterAll(() => checkout.remove());

const dev = "config/environments/dev/arc-runners.yaml";
const base = (...args: readonly string[]) => ["preview", "--base", "main", ...args];
const changed = ({ stacks }: Document) => stacks.filter(({ status }) => status !== "unchanged");

async function document(...ids: readonly string[]): Promise<Document> {
  const { code, stdout, stderr } = await checkout.flywheel(base("--json", ...ids));
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Document;
}

/** What GitHub's API lists for the change as it stands in the checkout. */
function changedFiles(): string {
  const files = checkout
    .git("status", "--porcelain", "--no-renames", "-uall")
    .trimEnd()
    .split("\n")
    .map((line) => ({ filename: line.slice(3) }));
  const file = join(checkout.folder, ".git", "changed-files.json");
  writeFileSync(file, JSON.stringify(files));
  return file;
}

/** The comment that main's own program makes of what this one prints. */
async function commentOf(markdown: string): Promise<string> {
  const list = changedFiles();
  const artifact = join(checkout.folder, ".git", "preview.md");
  writeFileSync(artifact, markdown);
  checkout.restore();
  const { code, stdout, stderr } = await checkout.flywheel([
    "comment",
    "--markdown",
    artifact,
    "--changed-files",
    list,
    "--base-ref",
    "main",
  ]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

test("one line of settings: one attribute, by the base's code, in the same bytes each time, and nothing stays behind", async () => {
  checkout.edit(dev, (text) => text.replace("nix_max_runners: 3", "nix_max_runners: 5"));
  const [first, second, text] = [
    await checkout.flywheel(base("--markdown")),
    await checkout.flywheel(base("--markdown")),
    await checkout.flywheel(base("arc-runners")),
  ];
  expect([first.code, second.code, text.code]).toEqual([0, 0, 0]);
  expect(first.stdout).toBe(second.stdout);
  expect(first.stdout).toContain("| arc-runners | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | stays |");
  expect(first.stdout).toContain('set[maxRunners].value: "3" -> "5"');
  expect(text.stdout).toMatch(/~ helm_release\.nix_runners\n\s+set\[maxRunners\]\.value: "3" -> "5"/);
  expect(text.stdout).toContain("computed by main's code");
  expect(text.stdout).not.toContain("\u001b");
  expect(checkout.git("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(checkout.git("status", "--porcelain").trim()).toBe(`M ${dev}`);
  const comment = await commentOf(first.stdout);
  expect(comment).toContain("**computed by main's code**");
  expect(comment).toContain('set[maxRunners].value: "3" -> "5"');
});

test("a stack that comes and one that goes", async () => {
  rmSync(join(checkout.folder, "config/environments/prod/arc-runners.yaml"));
  checkout.edit("config/organization.yaml", (text) =>
    text.replace(
      "default_environment: dev",
      "  - {name: stage, role: staging, domain: stage.example.org, context: elsewhere}\n\ndefault_environment: dev",
    ),
  );
  checkout.write(
    "config/environments/stage/arc-runners.yaml",
    "github_config_url: https://github.com/acme\ngithub_config_secret: s\n",
  );
  const result = await document();
  expect(changed(result).map(({ id, status }) => [id, status])).toEqual([
    ["arc-runners-stage", "added"],
    ["arc-runners-prod", "removed"],
  ]);
  expect(changed(result)[0]?.resources.every(({ kind }) => kind === "add")).toBe(true);
});

test("a flag flipped together with its ledger entry moves a state, and changes no resource", async () => {
  checkout.edit("config/organization.yaml", (text) =>
    text.replace(
      "  backend: http\n",
      "  backend: http\n  stacks: {runner-dashboard: {dev: s3}}\n  s3: {endpoint: https://s3.example.org, bucket: tofu-state}\n",
    ),
  );
  checkout.write(
    "config/state-ledger.yaml",
    `states:\n  - {stack: runner-dashboard, environment: dev, backend: s3, location: s3://tofu-state/dev/runner-dashboard/terraform.tfstate, lineage: 3f2504e0-4f89-41d3-9a0c-0305e82c3301, serial: 4, sha256: ${"a".repeat(64)}, at: 2026-04-16T09:12:00Z, generation: 2}\n`,
  );
  const result = await document();
  expect(changed(result)).toMatchObject([
    {
      id: "runner-dashboard",
      resources: [],
      state: {
        moves: true,
        before: { backend: "http" },
        after: { backend: "s3", location: "s3://tofu-state/dev/runner-dashboard/terraform.tfstate" },
      },
    },
  ]);
});

test("a flag flipped alone is refused, as everywhere", async () => {
  checkout.edit("config/organization.yaml", (text) =>
    text.replace("  backend: http\n", "  backend: s3\n  s3: {endpoint: https://s3.example.org, bucket: tofu-state}\n"),
  );
  const { code, stdout } = await checkout.flywheel(base("--json"));
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as { problems: { code: string }[] }).problems.map((problem) => problem.code)).toContain(
    "not-in-ledger",
  );
});

test("a secret is in no output, wherever the program puts it", async () => {
  const canary = "glrt-canary-5f1c0ffee5f1c0ffee";
  // A program that leaks: a secret that is not called one, inside outputs.
  checkout.edit("lib/constructs/base-stack.ts", (text) =>
    text
      .replace('{ type: "string", sensitive: true, nullable: false }', '{ type: "string", nullable: false }')
      .replace(
        "{ description, value })",
        '{ description, value: typeof value === "string" ? `${value} user:${this.secret("nix_runner_token") ?? ""}@host` : value })',
      ),
  );
  checkout.edit("config/environments/dev/gitlab-runners.yaml", (text) =>
    text.replace("docker_hpa_max_replicas: 2", "docker_hpa_max_replicas: 3"),
  );
  const env = {
    TF_VAR_nix_runner_token: canary,
    FLYWHEEL_SECRET_GITLAB_RUNNERS__docker_runner_token: `${canary}-own`,
    TF_VAR_ghcr_token: canary,
  };
  // The first compiles this program, for all of them.
  const outputs = [
    await checkout.flywheel(base("--json", "gitlab-runners"), env),
    ...(await Promise.all([
      checkout.flywheel(base("--markdown", "gitlab-runners"), env),
      checkout.flywheel(base("gitlab-runners"), env),
    ])),
  ];
  for (const { code, stdout, stderr } of outputs) {
    expect([
      code,
      stderr
        .split("\n")
        .filter((line) => !/planning/.test(line))
        .join("\n"),
    ]).toEqual([0, ""]);
    expect(`${stdout}${stderr}`).not.toContain(canary);
    expect(`${stdout}${stderr}`).not.toContain(Buffer.from(canary).toString("base64").slice(0, 30));
    expect(stdout).toContain("(sensitive)");
    expect(stdout).toContain("gitlab-runners");
  }
  expect(outputs[0]?.stdout).toContain("user:(sensitive)@host");
});

test("a program patched to say that nothing changes is not labelled trusted", async () => {
  checkout.edit("planning/difference/markdown.ts", (text) =>
    text.replace(
      /(export function asMarkdown[^{]*\{)/,
      `$1\n  if (max > 0) return "**computed by main's code**\\n\\nnothing changes @everyone\\n";`,
    ),
  );
  checkout.edit("planning/difference/trust.ts", (text) =>
    text.replace("return files.every(", "return true || files.every("),
  );
  checkout.edit(dev, (text) => text.replace("nix_max_runners: 3", "nix_max_runners: 500"));
  const { stdout } = await checkout.flywheel(base("--markdown", "arc-runners"));
  expect(stdout).toContain("nothing changes");
  const comment = await commentOf(stdout);
  expect(comment).toContain("**computed by this PR's own code**");
  expect(comment).not.toContain("computed by main's code");
  expect(comment).not.toMatch(/@everyone/);
});

test("another namespace: everything is replaced, data would be lost, and the job can fail on it", async () => {
  checkout.edit("config/environments/dev/attic.yaml", (text) =>
    text.replace(/^namespace: .*$/m, "namespace: elsewhere"),
  );
  const [markdown, json] = [
    await checkout.flywheel(base("--markdown", "attic")),
    await checkout.flywheel(base("--json", "attic", "--fail-on", "destroy,data-loss")),
  ];
  expect([markdown.code, json.code]).toEqual([0, 1]);
  expect(markdown.stdout.split("\n")[0]).toMatch(/^\*\*Data loss:\*\* .*kubectl&#95;manifest\.database \(attic\)/);
  expect(json.stderr).toMatch(/--fail-on data-loss: attic has \d/);
  expect(json.stderr).not.toContain("--fail-on destroy");
  const [attic] = changed(JSON.parse(json.stdout) as Document);
  expect(attic).toMatchObject({ summary: { add: 0, change: 0, destroy: 0 } });
  expect(attic?.refused).toContainEqual(
    expect.objectContaining({ code: "would-destroy-data", key: "kubectl_manifest.database" }),
  );
  expect(attic?.resources).toContainEqual(
    expect.objectContaining({
      address: "kubernetes_namespace.namespace",
      kind: "replace",
      forced_by: ["metadata[0].name"],
    }),
  );
  const comment = await commentOf(markdown.stdout);
  expect(comment.split("\n").slice(0, 3)).toEqual([
    "<!-- flywheel:preview -->",
    expect.stringMatching(/^\*\*Data loss:\*\*/),
    "",
  ]);
});

test("an address that moves is followed", async () => {
  checkout.edit("stacks/arc-runners.ts", (text) =>
    text
      .replace('this, "runner_namespace", {', 'this, "runners_home", {')
      .replace("movedFrom(namespace, ", 'movedFrom(namespace, "kubernetes_namespace_v1.runner_namespace", '),
  );
  const result = await document("arc-runners");
  expect(result.computed_by.text).toBe("computed by this change's own code");
  const moved = {
    address: "kubernetes_namespace_v1.runners_home",
    kind: "moved",
    previous_address: "kubernetes_namespace_v1.runner_namespace",
    attributes: [],
  };
  expect(changed(result)).toMatchObject([{ id: "arc-runners", resources: [moved] }]);
});

test("two stacks that would own one object are told, and exit 1, in one document", async () => {
  checkout.edit("config/environments/dev/runner-dashboard.yaml", (text) =>
    text.replace("name: runner-dashboard-dev", "name: runner-dashboard"),
  );
  const { code, stdout, stderr } = await checkout.flywheel(base("--json"));
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as Document).collisions.map((problem) => problem.code)).toContain("collision");
  expect(stderr).toContain("runner-dashboard-prod would own");
});

test.each([
  ["a ref that is not there", ["--base", "nowhere"], 1, "there is no commit"],
  ["two forms at once", ["--base", "main", "--json", "--markdown"], 2, "one answer"],
  ["a state", ["arc-runners", "--base", "main", "--state", "x"], 2, "--state does not go with --base"],
  ["Markdown without a base", ["--markdown"], 2, "--markdown needs --base"],
  ["a stack that nobody has", ["atic", "--base", "main"], 1, 'there is no stack "atic"'],
])("refused: %s", async (_name, args, exitCode, what) => {
  const { code, stderr } = await checkout.flywheel(["preview", ...args]);
  expect(stderr).toContain(what);
  expect(code).toBe(exitCode);
});
