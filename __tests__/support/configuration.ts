import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../../lib/root";

const folders: string[] = [];

// Registered where this file is imported, so for each test file.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Two stacks in dev, one of them in prod too; `state` is the organization's `state:` section. */
export function configurationWith(state: string, more: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-contract-"));
  folders.push(folder);
  const files: Readonly<Record<string, string>> = {
    "organization.yaml": [
      "organization: {name: acme}",
      "clusters:",
      "  - {name: dev, role: development, domain: dev.example.org, context: honey}",
      "  - {name: prod, role: production, domain: example.org, context: honey}",
      state,
    ].join("\n"),
    "environments/dev/arc-runners.yaml": "github_config_url: https://github.com/acme\n",
    "environments/dev/gitlab-runners.yaml": "deploy_docker_runner: false\nsecrets: [nix_runner_token]\n",
    "environments/prod/arc-runners.yaml": "github_config_url: https://github.com/acme\n",
    ...more,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `flywheel contract` in a process of its own, with nothing in the environment but what is given. */
export function contract(
  folder: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  cwd = repositoryRoot,
): Run {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repositoryRoot, "bin", "flywheel"), "contract", ...args],
    {
      cwd,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], FLYWHEEL_CONFIG_DIR: folder, ...environment },
    },
  );
  return { code: status, stdout, stderr };
}

/** The hash in what `flywheel contract` printed. @throws where it printed none. */
export function hashOf({ stdout, stderr }: Run): string {
  const hash = /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
  if (hash === undefined) throw new Error(`no hash in:\n${stdout}${stderr}`);
  return hash;
}
