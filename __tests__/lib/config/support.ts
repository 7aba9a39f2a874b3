import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadConfiguration } from "../../../lib/config/load";
import { type Problem, UserError } from "../../../lib/errors";

const folders: string[] = [];

// Registered where this file is imported, so for each test file.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flywheel-test-"));
  folders.push(folder);
  return folder;
}

/** Writes files, by path below `folder`. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A configuration folder with these files. */
export function configFolder(files: Readonly<Record<string, string>>): string {
  return writeFiles(temporaryFolder(), files);
}

/** The least that each stack must be told whose state the flag moves. */
export const leastSettings: Readonly<Record<string, string>> = {
  attic: "use_minio: true\n",
  "arc-runners": "github_config_url: https://github.com/acme\n",
  "gitlab-runners": "deploy_docker_runner: false\nsecrets: [nix_runner_token]\n",
  "runner-dashboard": [
    "image: ghcr.io/acme/dashboard:1",
    "gitlab_oauth_redirect_uri: https://dashboard.example.org/auth",
    "ingress_host: dashboard.example.org",
    "secrets: [gitlab_oauth_client_id, gitlab_oauth_client_secret, gitlab_token]",
    "",
  ].join("\n"),
};

/** Those stacks. */
export const movableStacks = Object.keys(leastSettings);

/** An organization.yaml with the environments dev (the default) and prod; `more` is put at its end, from line 5. */
export function organization(more = ""): string {
  return [
    "organization: {name: acme}",
    "clusters:",
    "  - {name: dev, role: development, domain: dev.example.org, context: honey}",
    "  - {name: prod, role: production, domain: example.org, context: honey}",
    more,
  ].join("\n");
}

/** What loading a folder complains about; paths are relative to it. */
export function problemsIn(folder: string): readonly Problem[] {
  return relativeTo(folder, () => loadConfiguration(folder));
}

/** The problems that `work` is refused with, with files relative to `folder`; none where it succeeds. */
export function relativeTo(folder: string, work: () => unknown): readonly Problem[] {
  try {
    work();
    return [];
  } catch (error) {
    return problemsOf(folder, error);
  }
}

/** The problems of an error, with files relative to `folder`. Any other error than a UserError is thrown on. */
export function problemsOf(folder: string, error: unknown): readonly Problem[] {
  if (!(error instanceof UserError)) throw error;
  return error.problems.map((problem) =>
    problem.file === undefined ? problem : { ...problem, file: problem.file.replace(`${folder}/`, "") },
  );
}
