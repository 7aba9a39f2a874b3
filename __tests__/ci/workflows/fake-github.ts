import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo } from "node:net";

export interface FakePullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly headRepository: string;
  readonly headBranch: string;
  readonly baseBranch: string;
  readonly files: readonly string[];
  /** What GitHub says the number of files is. @default as many as there are */
  readonly changedFiles?: number;
  /** @default no */
  readonly isMerged?: boolean;
  /** Who opened it. @default ann */
  readonly author?: string;
}

export interface FakeRun {
  readonly id: number;
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  readonly headRepository: string;
  /** Whose event it is of, and who started it. */
  readonly actors: readonly [string, string];
  readonly artifacts: readonly string[];
}

/** What GitHub keeps of a comment's author and times. */
export function by(login: string, type = "User", at = new Date().toISOString()) {
  return { user: { login, type }, created_at: at, updated_at: at };
}

interface FakeComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
  readonly created_at: string;
  updated_at: string;
}

/** As much of GitHub's REST API as `make comment` uses, for one repository, with one valid token. */
export class FakeGitHub {
  readonly comments: FakeComment[] = [];
  /** Each request's method and path. */
  readonly requests: string[] = [];
  /** Who may do what, by login; nobody else may do anything. */
  permissions: Readonly<Record<string, string>> = {};
  /** Issues, by number less one. */
  readonly issues: { title: string; body: string; state: string; login: string }[] = [];
  /** The jobs of any run. */
  jobs: readonly { readonly name: string; readonly status: string }[] = [];
  /** What happened to any pull request. */
  events: readonly { readonly event: string }[] = [];
  /** Runs of workflows, as GitHub tells them. */
  runs: readonly FakeRun[] = [];
  /** Called after each listing of files: what a pusher does meanwhile. */
  afterFiles: () => void = () => undefined;
  private server: Server | undefined;

  constructor(
    readonly repository: string,
    readonly token: string,
    public pulls: readonly FakePullRequest[],
  ) {}

  /** Starts it, and returns the address for GITHUB_API_URL. */
  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      void this.answer(request).then(({ status, body }) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      );
    });
    // Longer than any step takes.
    server.keepAliveTimeout = 60_000;
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  /** Issues, and the run that asks. */
  private async ownRun(
    request: IncomingMessage,
    url: URL,
    path: string,
  ): Promise<{ status: number; body: unknown } | undefined> {
    const [, run, part] = /^actions\/runs\/(\d+)(\/artifacts)?$/.exec(path) ?? [];
    if (path === "actions/runs") {
      const found = this.runs.filter(({ headSha }) => headSha === url.searchParams.get("head_sha"));
      return { status: 200, body: { workflow_runs: found.map(runJson) } };
    }
    if (run !== undefined) {
      const one = this.runs.find(({ id }) => String(id) === run);
      if (one === undefined) return { status: 404, body: { message: "Not Found" } };
      const artifacts = one.artifacts.map((name) => ({ name, expired: false }));
      return { status: 200, body: part === undefined ? runJson(one) : { artifacts } };
    }
    if (/^issues\/\d+\/events$/.test(path)) return { status: 200, body: this.events };
    if (/^actions\/runs\/\d+\/jobs$/.test(path)) return { status: 200, body: { jobs: this.jobs } };
    if (/^actions\/runs\/\d+\/cancel$/.test(path)) return { status: 202, body: {} };
    const [, number] = /^issues(?:\/(\d+))?$/.exec(path) ?? [];
    if (number === undefined && path !== "issues") return undefined;
    if (request.method === "GET") {
      const creator = url.searchParams.get("creator");
      const open = this.issues
        .map(({ login, ...issue }, index) => ({ ...issue, number: index + 1, user: { login } }))
        .filter(({ state, user }) => state === "open" && user.login === creator);
      return { status: 200, body: open };
    }
    const change = JSON.parse(await textOf(request)) as { title: string; body: string; state?: string }; // what we send
    const issue = this.issues[Number(number) - 1];
    if (issue === undefined) this.issues.push({ ...change, state: "open", login: "github-actions[bot]" });
    else Object.assign(issue, change);
    return { status: 200, body: {} };
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const url = new URL(request.url ?? "", "http://fake");
    this.requests.push(`${request.method ?? ""} ${url.pathname}`);
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return { status: 401, body: { message: "Bad credentials" } };
    const path = url.pathname.replace(`/repos/${this.repository}/`, "");
    const page = Number(url.searchParams.get("page"));
    const paged = (items: readonly unknown[]) => ({ status: 200, body: items.slice((page - 1) * 100, page * 100) });
    const own = await this.ownRun(request, url, path);
    if (own !== undefined) return own;
    const [, login] = /^collaborators\/([^/]+)\/permission$/.exec(path) ?? [];
    if (login !== undefined) return { status: 200, body: { permission: this.permissions[login] ?? "none" } };
    const [, kind, id, what] = /^(pulls|issues)(?:\/(comments\/\d+|\d+))?(?:\/(files|comments))?$/.exec(path) ?? [];
    if (kind === "pulls" && id === undefined) {
      const head = url.searchParams.get("head");
      return paged(
        this.pulls
          .filter((pull) => `${pull.headRepository.split("/")[0] ?? ""}:${pull.headBranch}` === head)
          .map(asJson),
      );
    }
    const pull = this.pulls.find(({ number }) => String(number) === id);
    if (kind === "pulls" && pull !== undefined && what === undefined)
      return { status: 200, body: { ...asJson(pull), changed_files: pull.changedFiles ?? pull.files.length } };
    if (kind === "pulls" && pull !== undefined && what === "files") {
      const answer = paged(pull.files.map((filename) => ({ filename, status: "modified" })));
      this.afterFiles();
      return answer;
    }
    if (kind === "issues" && what === "comments" && request.method === "GET") return paged(this.comments);
    const { body } = JSON.parse(await textOf(request)) as { body: string }; // what we send
    if (kind === "issues" && what === "comments") {
      this.comments.push({ id: this.comments.length + 1, body, ...by("github-actions[bot]", "Bot") });
      return { status: 201, body: {} };
    }
    const comment = this.comments.find((one) => `comments/${one.id}` === id);
    if (comment === undefined) return { status: 404, body: { message: "Not Found" } };
    comment.body = body;
    return { status: 200, body: {} };
  }
}

function runJson({ id, path, event, headSha, headBranch, headRepository, actors: [actor, starter] }: FakeRun): object {
  return {
    id,
    path,
    event,
    head_sha: headSha,
    head_branch: headBranch,
    head_repository: { full_name: headRepository },
    actor: { login: actor },
    triggering_actor: { login: starter },
  };
}

function asJson(pull: FakePullRequest): object {
  return {
    number: pull.number,
    head: { sha: pull.headSha, ref: pull.headBranch, repo: { full_name: pull.headRepository } },
    base: { ref: pull.baseBranch },
    merged: pull.isMerged ?? false,
    user: { login: pull.author ?? "ann" },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
