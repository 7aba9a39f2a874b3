import { githubUnreachable, githubRefused, answerWithout } from "./refusals";
import { isRecord } from "../../lib/config/kind";

/** Where GitHub's API answers: on GitHub itself, unless a job says otherwise. */
export function gitHubApi(environment: NodeJS.ProcessEnv): string {
  return environment["GITHUB_API_URL"] || "https://api.github.com";
}

/** What we ask GitHub's REST API for (https://docs.github.com/en/rest). Everything it answers is checked before it is believed. */
export class GitHub {
  constructor(
    private readonly api: string,
    private readonly repository: string,
    private readonly token: string,
  ) {}

  /** The open pull requests from a branch of `owner`. */
  async pullRequestsFrom(owner: string, branch: string): Promise<readonly PullRequest[]> {
    const found = await this.pages(`pulls?state=open&head=${encodeURIComponent(`${owner}:${branch}`)}`);
    return found.map(asPullRequest);
  }

  async pullRequest(number: number): Promise<PullRequest> {
    return asPullRequest(await this.request("GET", `pulls/${number}`));
  }

  /** What a pull request touches, up to the 3000 files that GitHub lists. */
  async changedFiles(number: number): Promise<readonly ChangedFile[]> {
    const found = await this.pages(`pulls/${number}/files`);
    return found.map((file) => ({
      filename: text(file, "filename"),
      ...(field(file, "previous_filename") === undefined ? {} : { previous_filename: text(file, "previous_filename") }),
    }));
  }

  async comments(number: number): Promise<readonly Comment[]> {
    const found = await this.pages(`issues/${number}/comments`);
    return found.map((comment) => ({
      id: whole(comment, "id"),
      body: field(comment, "body") === null ? "" : text(comment, "body"),
      author: text(field(comment, "user"), "login"),
      isPerson: field(field(comment, "user"), "type") === "User",
      createdAt: text(comment, "created_at"),
      updatedAt: text(comment, "updated_at"),
    }));
  }

  /** Whether somebody may write to the repository, as GitHub says now. */
  async mayWrite(login: string): Promise<boolean> {
    const answer = await this.request("GET", `collaborators/${encodeURIComponent(login)}/permission`);
    return ["admin", "write"].includes(text(answer, "permission"));
  }

  async createComment(number: number, body: string): Promise<void> {
    await this.request("POST", `issues/${number}/comments`, { body });
  }

  async updateComment(id: number, body: string): Promise<void> {
    await this.request("PATCH", `issues/comments/${id}`, { body });
  }

  /** The open issues that somebody opened; pull requests are none. */
  async openIssuesOf(author: string): Promise<readonly Issue[]> {
    const found = await this.pages(`issues?state=open&creator=${encodeURIComponent(author)}`);
    return found
      .filter((issue) => field(issue, "pull_request") === undefined)
      .map((issue) => ({
        number: whole(issue, "number"),
        body: field(issue, "body") === null ? "" : text(issue, "body"),
        author: text(field(issue, "user"), "login"),
      }));
  }

  async createIssue(title: string, body: string): Promise<void> {
    await this.request("POST", "issues", { title, body });
  }

  async updateIssue(number: number, change: { readonly body?: string; readonly state?: "closed" }): Promise<void> {
    await this.request("PATCH", `issues/${number}`, change);
  }

  /** Whether a pull request was ever moved to another base branch: what a run computed may be of the one before. */
  async baseWasChanged(number: number): Promise<boolean> {
    const events = await this.pages(`issues/${number}/events`);
    const kinds = ["base_ref_changed", "automatic_base_change_succeeded"];
    return events.some((event) => kinds.includes(text(event, "event")));
  }

  /** Every pull request from a branch of `owner`, closed ones too. */
  async everyPullRequestFrom(owner: string, branch: string): Promise<readonly PullRequest[]> {
    const found = await this.pages(`pulls?state=all&head=${encodeURIComponent(`${owner}:${branch}`)}`);
    return found.map(asPullRequest);
  }

  async run(id: number): Promise<Run> {
    return asRun(await this.request("GET", `actions/runs/${id}`));
  }

  /** The runs that pull requests with this commit as their newest started, at most 100. */
  async runsOfPullRequests(headSha: string): Promise<readonly Run[]> {
    const query = `event=pull_request&head_sha=${encodeURIComponent(headSha)}&per_page=100`;
    const answer = field(await this.request("GET", `actions/runs?${query}`), "workflow_runs");
    if (!Array.isArray(answer)) throw answerWithout("workflow_runs", "a list");
    return answer.map(asRun);
  }

  /** Whether a run left an artifact of this name that is still there. */
  async hasArtifact(run: number, name: string): Promise<boolean> {
    const answer = await this.request("GET", `actions/runs/${run}/artifacts?name=${encodeURIComponent(name)}`);
    const artifacts = field(answer, "artifacts");
    if (!Array.isArray(artifacts)) throw answerWithout("artifacts", "a list");
    return artifacts.some((one: unknown) => field(one, "name") === name && field(one, "expired") === false);
  }

  /** The jobs of a run, at most 100. */
  async jobs(run: number): Promise<readonly Job[]> {
    const answer = field(await this.request("GET", `actions/runs/${run}/jobs?per_page=100`), "jobs");
    if (!Array.isArray(answer)) throw answerWithout("jobs", "a list");
    return answer.map((job: unknown) => ({ name: text(job, "name"), status: text(job, "status") }));
  }

  /** Ends a run: its jobs are cancelled, the one that asks as well. */
  async cancelRun(run: number): Promise<void> {
    await this.request("POST", `actions/runs/${run}/cancel`);
  }

  private async pages(path: string): Promise<readonly unknown[]> {
    const items: unknown[] = [];
    // GitHub lists 3000 files at most, so 30 pages; a longer list is seen as incomplete by its count.
    for (let page = 1; page <= 30; page += 1) {
      const answer = await this.request("GET", `${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`);
      if (!Array.isArray(answer)) throw answerWithout(path, "a list");
      items.push(...(answer as readonly unknown[]));
      if (answer.length < 100) break;
    }
    return items;
  }

  private async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${this.token}`,
      "x-github-api-version": "2022-11-28",
      "user-agent": "flywheel",
    };
    const send = () =>
      fetch(`${this.api}/repos/${this.repository}/${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    // A connection that was just closed is no answer. Asked twice, a POST could comment twice.
    const response = await (method === "POST" ? send() : send().catch(send)).catch((error: unknown) => {
      throw githubUnreachable(method, path, error);
    });
    if (!response.ok) throw githubRefused(response.status, method, path);
    return response.json();
  }
}

export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  /** owner/name, or undefined where the fork is gone. */
  readonly headRepository: string | undefined;
  readonly baseBranch: string;
  readonly author: string;
  /** Only the answer for one pull request has it. */
  readonly isMerged: boolean | undefined;
  /** How many files it touches. Only the answer for one pull request has it. */
  readonly changedFiles: number | undefined;
}

/** As GitHub has it: `flywheel comment --changed-files` reads a list of these. */
export interface ChangedFile {
  readonly filename: string;
  readonly previous_filename?: string;
}

export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  /** Not a bot, and no app. */
  readonly isPerson: boolean;
  /** ISO 8601. They are equal where nobody has edited it. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Issue {
  readonly number: number;
  readonly body: string;
  readonly author: string;
}

/** A run of a workflow. */
export interface Run {
  readonly id: number;
  /** The workflow's file: `.github/workflows/plan.yml`. */
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  /** owner/name; undefined where it is gone. */
  readonly headRepository: string | undefined;
  /** Whose event it is of, and who started it (again). */
  readonly actors: readonly string[];
}

export interface Job {
  readonly name: string;
  /** `queued` while no runner has taken it. */
  readonly status: string;
}

function asPullRequest(value: unknown): PullRequest {
  const head = field(value, "head");
  const repository = field(head, "repo");
  return {
    number: whole(value, "number"),
    headSha: text(head, "sha"),
    headRepository: repository === null || repository === undefined ? undefined : text(repository, "full_name"),
    baseBranch: text(field(value, "base"), "ref"),
    author: text(field(value, "user"), "login"),
    isMerged: field(value, "merged") === undefined ? undefined : field(value, "merged") === true,
    changedFiles: field(value, "changed_files") === undefined ? undefined : whole(value, "changed_files"),
  };
}

function asRun(value: unknown): Run {
  const repository = field(value, "head_repository");
  const actors = ["actor", "triggering_actor"].map((key) => text(field(value, key), "login"));
  return {
    id: whole(value, "id"),
    // GitHub may write `path@ref`.
    path: text(value, "path").replace(/@.*$/, ""),
    event: text(value, "event"),
    headSha: text(value, "head_sha"),
    headBranch: text(value, "head_branch"),
    headRepository: repository === null || repository === undefined ? undefined : text(repository, "full_name"),
    actors: [...new Set(actors)],
  };
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function text(value: unknown, key: string): string {
  const found = field(value, key);
  if (typeof found !== "string") throw answerWithout(key, "a text");
  return found;
}

function whole(value: unknown, key: string): number {
  const found = field(value, key);
  if (!Number.isSafeInteger(found)) throw answerWithout(key, "a number");
  return Number(found);
}
