import { join, relative } from "node:path";
import { realpathSync } from "node:fs";
import { git, gitWith, repositoryOf } from "../difference/git";
import { mainUnknown } from "./refusals";

/** The main branch as the remote `origin` has it at this moment, its newest commit fetched. */
export interface RemoteMain {
  /** The top folder of the repository. */
  readonly repository: string;
  /** The folder that was asked about, from there; "" for the top itself. */
  readonly below: string;
  readonly branch: string;
  readonly commit: string;
}

/**
 * Asks the remote `origin` of the repository around `folder` what its main branch is: the branch that its HEAD names. What this clone
 * believes of it is not taken: anybody can have a branch of that name.
 * @throws UserError `main-unknown`.
 */
export function remoteMain(folder: string, environment: NodeJS.ProcessEnv = process.env): RemoteMain {
  const repository = repositoryOf(folder);
  if (repository === undefined) throw mainUnknown(folder, "this folder is in no repository");
  const url = git(repository, "remote", "get-url", "origin");
  if (!url.ok) throw mainUnknown(repository, "it has no remote `origin`");
  const env = credentials(url.stdout.trim(), environment);
  const asked = gitWith(env, repository, "ls-remote", "--symref", "origin", "HEAD");
  if (!asked.ok) throw mainUnknown(repository, asked.error);
  const [, ref] = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(asked.stdout) ?? [];
  const [, commit] = /^([0-9a-f]{40,64})\tHEAD$/m.exec(asked.stdout) ?? [];
  if (ref === undefined || commit === undefined) throw mainUnknown(repository, "the remote's HEAD names no branch");
  if (!has(repository, commit)) {
    // Objects alone: no branch of this clone is changed.
    const fetched = gitWith(
      env,
      repository,
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--refmap=",
      "origin",
      ref,
    );
    if (!fetched.ok || !has(repository, commit))
      throw mainUnknown(repository, fetched.error || "it has moved meanwhile");
  }
  return {
    repository,
    below: relative(repository, realpathSync(folder)),
    branch: ref.replace("refs/heads/", ""),
    commit,
  };
}

/** The bytes of a file on the main branch, by its path from the folder that was asked about; undefined where there is none. */
export function fileOnMain(main: RemoteMain, path: string): string | undefined {
  const { ok, stdout } = git(main.repository, "cat-file", "blob", `${main.commit}:${join(main.below, path)}`);
  return ok ? stdout : undefined;
}

function has(repository: string, commit: string): boolean {
  return git(repository, "cat-file", "-e", `${commit}^{commit}`).ok;
}

/** A job's own token, for GitHub's own server alone. In the environment of that one git, never in a file or an argument. */
function credentials(url: string, environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const token = environment["GITHUB_TOKEN"];
  const server = `${environment["GITHUB_SERVER_URL"] || "https://github.com"}/`;
  if (!token || !server.startsWith("https://") || !url.startsWith(server)) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${server}.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
  };
}
