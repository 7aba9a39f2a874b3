import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { limitedKey } from "../../../lab/s3/limited-key";
import { worldsOverMinio } from "../../authority/cutover/worlds";
import { findEngine } from "../../support/engines";
import { replayedProviders } from "../../support/replayed-providers";
import { sha256 } from "../../../lib/sha256";
import { sign } from "../../../planning/approval/signature";
import { Clone } from "../../authority/cutover/real";
import { person, repositoryWith } from "../../planning/approval/people";
import { canary, loseAtApply, openRoom, type Room } from "../../planning/bundle/room";
import { cloneOfProgram, git, runStep, type StepRun, temporaryFolder } from "./clone";
import { by, FakeGitHub, type FakePullRequest, type FakeRun } from "./fake-github";
import { readWorkflow, type Step } from "./workflow";

/** The very shell of plan.yml's and deploy.yml's steps, against a real engine, `flywheel serve` and MinIO; providers are replayed. */
jest.setTimeout(15 * 60_000);

/** What make ends with where a command of ours ends with 1. */
const refused = 2;
const repository = "acme/infra";
const token = "ghs_c4n4ry";
const github = new FakeGitHub(repository, token, []);
github.permissions = { ben: "write", ann: "write" };
const open = worldsOverMinio();
const artifacts = temporaryFolder();
const clones = { one: cloneOfProgram(), two: cloneOfProgram() };
const replay = replayedProviders();
let room: Room;
let api = "";

beforeAll(async () => {
  api = await github.listen();
  room = await openRoom(await open({ store: "s3" }), replay.reattach, findEngine().path);
});
afterAll(() => github.close());

function stepOf(workflow: "plan" | "deploy", job: string, name: string): Step {
  const found = readWorkflow(`.github/workflows/${workflow}.yml`).workflow.jobs[job]?.steps.find(
    (one) => one.name === name,
  );
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
}

/** A job's machine: a checkout of the program, with a configuration as its commit has it. */
interface Machine {
  readonly clone: string;
  readonly config: string;
}

function machine(clone: "one" | "two" = "one"): Machine {
  const folder = clones[clone];
  for (const left of ["cdktf.out", ".flywheel"]) rmSync(join(folder, left), { recursive: true, force: true });
  return { clone: folder, config: room.clone.copy().config };
}

/** Credentials of the state's place, by the names of the map. */
type Credentials = Readonly<Record<string, string>>;
const writer = (): Credentials => ({
  TF_HTTP_USERNAME: "ann",
  TF_HTTP_PASSWORD: "secret",
  ...room.world.minio.environment,
});
const keysOfBucket = (): Credentials => ({ ...room.world.minio.environment });

async function run(
  { clone, config }: Machine,
  step: Step,
  env: Readonly<Record<string, string>>,
  credentials: Credentials = writer(),
): Promise<StepRun> {
  const secrets = {
    ...credentials,
    TF_VAR_ghcr_token: canary,
    FLYWHEEL_PLAN_IDENTITY: readFileSync(room.identity, "utf8").trim(),
  };
  const ended = await runStep(step, clone, {
    FLYWHEEL_ENGINE: findEngine().path,
    FLYWHEEL_REPLAY: "1",
    TF_REATTACH_PROVIDERS: replay.reattach,
    TF_HTTP_RETRY_WAIT_MIN: "1",
    TF_HTTP_RETRY_WAIT_MAX: "1",
    FLYWHEEL_CONFIG_DIR: config,
    FLYWHEEL_SECRETS: JSON.stringify(secrets),
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: repository,
    GITHUB_API_URL: api,
    GITHUB_WORKFLOW_REF: `${repository}/.github/workflows/deploy.yml@refs/heads/main`,
    GITHUB_RUN_ID: "900",
    ...env,
  });
  // What is masked is in the log as commands to the runner alone.
  const said = ended.output.split("\n").filter((line) => !line.startsWith("::add-mask::"));
  for (const secret of [canary, token, secrets.FLYWHEEL_PLAN_IDENTITY]) expect(said.join("\n")).not.toContain(secret);
  return ended;
}

/** What upload-artifact does after a run, and what GitHub knows of that run then. */
function uploaded({ clone }: Machine, of: Omit<FakeRun, "artifacts">): void {
  const folder = join(clone, ".flywheel", "new-plan");
  if (existsSync(folder)) cpSync(folder, join(artifacts, String(of.id)), { recursive: true });
  github.runs = [...github.runs, { ...of, artifacts: existsSync(folder) ? ["plan-arc-runners"] : [] }];
}

/** A pull request with this one setting more: planned by its own run, and merged. Returns the comment that approves it. */
async function pullRequest(number: number, credentials: Credentials = writer()): Promise<string> {
  const headSha = String(number).padStart(40, "a");
  const pull: FakePullRequest = {
    number,
    headSha,
    headRepository: repository,
    headBranch: `change-${number}`,
    baseBranch: "main",
    files: [],
    author: "ann",
    isMerged: true,
  };
  github.pulls = [...github.pulls, pull];
  const at = machine();
  const planned = await run(
    at,
    stepOf("plan", "plan", "Plan"),
    { STACK: "arc-runners", OUT: ".flywheel/new-plan", GITHUB_ACTOR: "ann", GITHUB_TRIGGERING_ACTOR: "zoe" },
    credentials,
  );
  expect(planned).toMatchObject({ code: 0 });
  uploaded(at, {
    id: number * 10,
    path: ".github/workflows/plan.yml",
    event: "pull_request",
    headSha,
    headBranch: pull.headBranch,
    headRepository: repository,
    actors: ["ann", "zoe"],
  });
  return /approved by this comment, alone: (\/apply [0-9a-f]{64})/.exec(planned.output)?.[1] ?? "none";
}

function comment(body: string, login: string): void {
  github.comments.push({
    id: github.comments.length + 1,
    body,
    ...by(login, "User", new Date(Date.now() + 5000).toISOString()),
  });
}

/** deploy.yml with the action apply: its steps from "Bundle" on. */
async function deploy(
  number: number,
  more: Readonly<Record<string, string>> = {},
  at: Machine = machine(),
  credentials = writer(),
): Promise<StepRun> {
  const shared = { STACK: "arc-runners", PULL_REQUEST: String(number), GITHUB_TOKEN: token };
  const outputs = join(temporaryFolder(), "outputs");
  const found = await run(at, stepOf("deploy", "deploy", "Bundle"), {
    ...shared,
    RUN: more["RUN"] ?? "",
    DEFAULT_BRANCH: "main",
    GITHUB_OUTPUT: outputs,
  });
  if (found.code !== 0) return found;
  const [, id = "", makers = ""] = /run=(\d+)\nmakers=(.*)/.exec(readFileSync(outputs, "utf8")) ?? [];
  cpSync(join(artifacts, id), join(at.clone, ".flywheel", "bundle"), { recursive: true });
  return run(
    at,
    stepOf("deploy", "deploy", "Plan or apply"),
    { ...shared, ACTION: "apply", BUNDLE: ".flywheel/bundle", MAKERS: makers, ...more },
    credentials,
  );
}

describe("plan, approve, merge, deploy", () => {
  it("through the HTTP door: nobody's word, the maker's word, and then somebody else's; once", async () => {
    const approval = await pullRequest(1);
    // Whoever's it is, no signature in an artifact approves.
    writeFileSync(join(artifacts, "10", "arc-runners.receipt.json.sig"), "-----BEGIN SSH SIGNATURE-----\n");
    expect(await deploy(1)).toMatchObject({
      code: refused,
      output: expect.stringContaining("nobody has approved") as unknown,
    });
    comment(approval, "ann");
    expect(await deploy(1)).toMatchObject({
      code: refused,
      output: expect.stringContaining("ann's comment is of who made") as unknown,
    });
    comment(approval, "ben");
    const landed = await deploy(1);
    expect(landed).toMatchObject({
      code: 0,
      output: expect.stringMatching(/approval: ben, by comment[^]*an empty plan/) as unknown,
    });
    // The same again, and the old comment with it: used up. What is planned instead waits for another one.
    const again = await deploy(1);
    expect(again).toMatchObject({ code: refused, output: expect.stringMatching(/submitted before by/) as unknown });
    expect(again.output).toMatch(/a new plan is made[^]*approved by this comment, alone: \/apply/);
    expect(again.output).not.toContain(approval);
  });

  it("two that are merged a minute apart both land, whichever waits", async () => {
    room.settings("docker_max_runners: 7\n");
    const first = await pullRequest(2);
    room.settings("nix_max_runners: 5\n");
    const second = await pullRequest(3);
    comment(first, "ben");
    comment(second, "ben");
    room.settings("docker_max_runners: 7\n");
    const one = machine("one");
    room.settings("docker_max_runners: 7\nnix_max_runners: 5\n");
    const two = machine("two");
    const landed = deploy(2, {}, one);
    // The second one's run begins as soon as the first one applies.
    await until(async () => /apply by/.test((await room.flywheel("status", "arc-runners")).stderr));
    const other = await deploy(3, {}, two);
    expect(await landed).toMatchObject({ code: 0 });
    expect(other).toMatchObject({
      code: 0,
      output: expect.stringMatching(/the state moved: [^]*an empty plan/) as unknown,
    });
  });

  it("stops for a freeze, and for what this very job stands on", async () => {
    room.settings("docker_max_runners: 8\nnix_max_runners: 5\n");
    comment(await pullRequest(4), "ben");
    expect(await room.flywheel("freeze", "all", "--why", "the store is moved")).toMatchObject({ code: 0 });
    expect(await deploy(4)).toMatchObject({
      code: refused,
      output: expect.stringContaining("the store is moved") as unknown,
    });
    expect(await room.flywheel("thaw", "all")).toMatchObject({ code: 0 });
    const inside = { KUBERNETES_SERVICE_HOST: "10.0.0.1", POD_NAMESPACE: "arc-runners" };
    expect(await deploy(4, inside)).toMatchObject({
      code: refused,
      output: expect.stringMatching(
        /helm_release\.docker_runners would be changed by this plan, and this job/,
      ) as unknown,
    });
    expect(await deploy(4)).toMatchObject({ code: 0 });
  });

  it("no signature that somebody forged approves, and no receipt that was changed, not even with its own approval", async () => {
    const approval = await pullRequest(7);
    const receiptFile = join(artifacts, "70", "arc-runners.receipt.json");
    const reviewed = readFileSync(receiptFile);
    const [ben, ann, eve] = [person("ben@example.org"), person("ann@example.org"), person("eve@example.org")];
    const { config, clone } = repositoryWith([ben.line, ann.line]);
    // The pull request's own tree lists eve, and the checkout has it.
    const at = (): Machine => {
      const one = machine();
      cpSync(one.config, config, { recursive: true });
      writeFileSync(join(config, "allowed_signers"), `${eve.line}\n`);
      git(clone, "add", "--all");
      return { ...one, config };
    };
    const refusal = (text: string) => ({ code: refused, output: expect.stringContaining(text) as unknown });
    const forged: readonly (readonly [string, string])[] = [
      ["by a key that only the pull request's tree lists", sign(reviewed, eve.key)],
      ["by who made the plan", sign(reviewed, ann.key)],
      ["of another text than the receipt's", sign(Buffer.from("another receipt"), ben.key)],
    ];
    for (const [, signature] of forged) {
      writeFileSync(`${receiptFile}.sig`, signature);
      expect(await deploy(7, {}, at())).toMatchObject(refusal("nobody has approved"));
    }
    // Approved as it was, then changed: it names another maker, whom ann would not be.
    comment(approval, "ben");
    writeFileSync(receiptFile, reviewed.toString().replaceAll('"zoe', '"mallory').replaceAll('"ann', '"mallory'));
    expect(await deploy(7, {}, at())).toMatchObject(refusal("is for another receipt"));
    comment(`/apply ${sha256(readFileSync(receiptFile))}`, "ann");
    expect(await deploy(7, {}, at())).toMatchObject(refusal("ann's comment is of who made"));
  });

  it("a store that is lost in the middle: what the runner saved is put back, and reconcile says that it is recorded", async () => {
    room.settings("docker_max_runners: 8\nnix_max_runners: 4\n");
    comment(await pullRequest(8), "ben");
    const at = machine();
    loseAtApply(room.world.server.pid);
    const lost = await deploy(8, {}, at);
    expect(lost).toMatchObject({
      code: refused,
      output: expect.stringMatching(/in the middle of an apply of arc-runners, and could not save/) as unknown,
    });
    const { child } = room.clone.start("serve", "--listen", new URL(room.world.url).host, "--store", "s3");
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    // Nobody else gets through meanwhile, from another machine either.
    expect(await deploy(8, { LOCK_TIMEOUT: "1s" }, machine("two"))).toMatchObject({ code: refused });
    const runner = new Clone(at.config, room.clone.environment, at.clone);
    const locked = await runner.flywheel("reconcile", "arc-runners");
    const [, id = ""] = /flywheel unlock arc-runners (\S+)/.exec(locked.stderr) ?? [];
    expect(await runner.flywheel("unlock", "arc-runners", id)).toMatchObject({ code: 0 });
    expect(await runner.flywheel("recover", "arc-runners")).toMatchObject({ code: 0 });
    expect(await runner.flywheel("reconcile", "arc-runners")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/recorded: /) as unknown,
    });
  });
});

describe("the same on S3", () => {
  it("a reader is proven to be one, and plans; a writer is not taken for one; what leaves the scope is refused", async () => {
    expect(await room.flywheel("register", "arc-runners")).toMatchObject({ code: 0 });
    expect(await room.flywheel("cutover", "arc-runners", "--to", "s3")).toMatchObject({ code: 0 });
    const { minio } = room.world;
    const reader = {
      ...(await limitedKey(minio, {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:GetObjectVersion"],
            Resource: [`arn:aws:s3:::${minio.bucket}/*`],
          },
          {
            Effect: "Allow",
            Action: ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning"],
            Resource: [`arn:aws:s3:::${minio.bucket}`],
          },
        ],
      })),
    };
    const prove = stepOf("plan", "reader", "Reader");
    expect(await run(machine(), prove, { STACK: "arc-runners" }, reader)).toMatchObject({ code: 0 });
    expect(await run(machine(), prove, { STACK: "arc-runners" }, { ...minio.environment })).toMatchObject({
      code: refused,
      output: expect.stringContaining("these credentials may write") as unknown,
    });

    room.settings("docker_max_runners: 9\nnix_max_runners: 5\ndeploy_docker_runner: false\n");
    comment(await pullRequest(5, reader), "ben");
    expect(await deploy(5, {}, machine(), keysOfBucket())).toMatchObject({
      code: refused,
      output: expect.stringMatching(/destroy of helm_release\.docker_runners\S* is outside the scope/) as unknown,
    });
  });

  it("where what is planned now is another thing, a new plan waits, and lands when that is approved", async () => {
    room.settings("docker_max_runners: 9\nnix_max_runners: 5\n");
    comment(await pullRequest(6, keysOfBucket()), "ben");
    // Somebody else's change came with the merge.
    room.settings("docker_max_runners: 9\nnix_max_runners: 6\n");
    const at = machine();
    const stopped = await deploy(6, {}, at, keysOfBucket());
    expect(stopped).toMatchObject({
      code: refused,
      output: expect.stringMatching(/something else than the reviewed one: helm_release\.nix_runners/) as unknown,
    });
    uploaded(at, {
      id: 900,
      path: ".github/workflows/deploy.yml",
      event: "workflow_dispatch",
      headSha: "c".repeat(40),
      headBranch: "main",
      headRepository: repository,
      actors: ["ann", "ann"],
    });
    comment(/alone: (\/apply [0-9a-f]{64})/.exec(stopped.output)?.[1] ?? "none", "ben");
    expect(await deploy(6, { RUN: "900" }, machine(), keysOfBucket())).toMatchObject({
      code: 0,
    });
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 100));
}
