import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { StateObject } from "../../../authority/state/state-object";
import { S3Store } from "../../../authority/stores/s3";
import { repositoryRoot } from "../../../lib/root";
import { type S3Server } from "../../../lab/s3/s3-server";
import { run } from "../programs";
import { send, temporaryFolder } from "../support";

/** What a process printed, apart. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** The entry of arc-runners in a ledger. */
interface Entry {
  readonly backend: string;
  readonly location: string;
  readonly serial: number;
  readonly generation: number;
  readonly lineage: string;
  readonly sealed?: { readonly location: string; readonly lock: string };
}

/** A user's clone of the configuration, and the command line in it. */
export class Clone {
  constructor(
    readonly config: string,
    readonly environment: NodeJS.ProcessEnv,
    /** Where commands are typed. */
    readonly folder: string = repositoryRoot,
  ) {}

  get organizationFile(): string {
    return join(this.config, "organization.yaml");
  }

  get ledgerFile(): string {
    return join(this.config, "state-ledger.yaml");
  }

  get organization(): string {
    return readFileSync(this.organizationFile, "utf8");
  }

  get ledger(): string {
    return readFileSync(this.ledgerFile, "utf8");
  }

  get entry(): Entry | undefined {
    return (parse(this.ledger) as { states: readonly Entry[] }).states[0];
  }

  /** The same configuration in another folder, as it is now. */
  copy(extra: NodeJS.ProcessEnv = {}): Clone {
    const config = join(temporaryFolder(), "config");
    cpSync(this.config, config, { recursive: true });
    return new Clone(config, { ...this.environment, ...extra }, this.folder);
  }

  /** What `git pull` of another one's commit does. */
  pull(from: Clone): void {
    if (from !== this) cpSync(from.config, this.config, { recursive: true });
  }

  start(...args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Outcome> } {
    const child = spawn(process.execPath, [join(repositoryRoot, "bin", "flywheel"), ...args], {
      cwd: this.folder,
      env: { ...this.environment, FLYWHEEL_CONFIG_DIR: this.config },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    const ended = new Promise<Outcome>((resolve) =>
      child.once("close", (code) => {
        children.delete(child);
        resolve({ code, stdout, stderr });
      }),
    );
    return { child, ended };
  }

  flywheel(...args: readonly string[]): Promise<Outcome> {
    return this.start(...args).ended;
  }

  /** Runs the command and kills it (-9) when it prints this; its outcome has no code then. */
  async killedAt(text: RegExp, ...args: readonly string[]): Promise<Outcome> {
    const { child, ended } = this.start(...args);
    let seen = "";
    child.stderr?.on("data", (chunk) => text.test((seen += String(chunk))) && child.kill("SIGKILL"));
    return ended;
  }
}

export const writer = { TF_HTTP_USERNAME: "ann", TF_HTTP_PASSWORD: "secret" };
const authorization = `${writer.TF_HTTP_USERNAME}:${writer.TF_HTTP_PASSWORD}`;

interface WorldOptions {
  readonly store?: "file" | "s3";
  readonly s3?: string;
  readonly legacy?: string;
  /** Each has a state of its own on the one server, for `in`. */
  readonly environments?: readonly string[];
  /** More lines of `state`. */
  readonly more?: string;
  /** `state.s3.prefix`: a part of the bucket; the key lies below it. */
  readonly prefix?: string;
  /** What server and clone know of the bucket. Default: its owner's key. */
  readonly bucketKey?: NodeJS.ProcessEnv;
}

interface Layout extends WorldOptions {
  readonly minio: S3Server;
  readonly key: string;
  readonly url: string;
}

function organizationText(
  { minio, key, url, s3, legacy, prefix, more }: Layout,
  environments: readonly string[],
): string {
  return `# The organization, with remarks that matter.
organization: {name: x}   # short

clusters:
${environments.map((name) => `  - {name: ${name}, role: development, domain: example.org, context: honey} # the only one`).join("\n")}
state:
  # THE flag
  backend: http # as long as GitLab lives
  http: {address: "${url}/state/{stack}-{env}"}
  s3:
    endpoint: ${s3 ?? minio.endpoint} # honey
    bucket: ${minio.bucket}
    key: "${key}"
${prefix === undefined ? "" : `    prefix: ${prefix}/\n`}${legacy === undefined ? "" : `  legacy: {gitlab: {address: "${legacy}"}}\n`}${more ?? ""}`;
}

/** A folder of configuration for these environments. */
function writeConfiguration(config: string, layout: Layout, environments: readonly string[]): void {
  for (const name of environments) {
    mkdirSync(join(config, "environments", name), { recursive: true });
    writeFileSync(join(config, "environments", name, "arc-runners.yaml"), "github_config_url: https://github.com/x\n");
  }
  writeFileSync(join(config, "organization.yaml"), organizationText(layout, environments));
}

/** One stack's state: `flywheel serve` as its HTTP server, MinIO as its bucket, and a first clone. */
export class RealWorld {
  readonly key: string;

  private constructor(
    private readonly layout: Layout,
    readonly clone: Clone,
    readonly server: ChildProcess,
    /** Where the server keeps its files, unless it keeps them in the bucket. */
    readonly states: string,
    private readonly environment: string,
  ) {
    this.key = layout.key.replace("{env}", environment).replace("{stack}", "arc-runners");
  }

  get minio(): S3Server {
    return this.layout.minio;
  }

  get url(): string {
    return this.layout.url;
  }

  static async start(minio: S3Server, options: WorldOptions = {}): Promise<RealWorld> {
    const folder = temporaryFolder();
    const below = options.prefix === undefined ? "" : `${options.prefix}/`;
    const key = `${below}${folder.split("-").at(-1) ?? ""}/{env}/{stack}`;
    const states = join(folder, "states");
    const { TF_CLI_CONFIG_FILE: _missing, ...env } = process.env;
    const clone = new Clone(join(folder, "config"), {
      ...env,
      ...writer,
      ...(options.bucketKey ?? minio.environment),
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_HTTP_RETRY_WAIT_MIN: "1",
      TF_HTTP_RETRY_WAIT_MAX: "1",
      TF_HTTP_LEGACY_USERNAME: "ann",
      TF_HTTP_LEGACY_PASSWORD: "glpat-secret",
    });
    const environments = options.environments ?? ["dev"];
    writeConfiguration(clone.config, { ...options, minio, key, url: "http://127.0.0.1:9" }, environments);
    const { child } = clone.start(
      "serve",
      "--listen",
      "127.0.0.1:0",
      ...(options.store === "s3" ? ["--store", "s3"] : ["--store", "file", "--dir", states]),
    );
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      const look = (chunk: unknown) => {
        const match = /listening on (\S+)/.exec((said += String(chunk)));
        if (match?.[1] !== undefined) resolve(match[1]);
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.once("close", () => reject(new Error(`serve ended: ${said}`)));
    });
    const layout: Layout = { ...options, minio, key, url };
    writeConfiguration(clone.config, layout, environments);
    return new RealWorld(layout, clone, child, states, environments[0] ?? "dev");
  }

  /** The same servers with the state of one of their other environments, and a clone that knows of no other. */
  in(environment: string): RealWorld {
    const clone = new Clone(join(temporaryFolder(), "config"), this.clone.environment);
    writeConfiguration(clone.config, this.layout, [environment]);
    return new RealWorld(this.layout, clone, this.server, this.states, environment);
  }

  get address(): string {
    return `${this.url}/state/arc-runners-${this.environment}`;
  }

  /** Puts a state through the HTTP door, as an apply does. */
  async put(serial: number, lineage = "lineage-1", resources: readonly object[] = []): Promise<void> {
    for (const [method, path, body] of [
      ["POST", "/lock", '{"ID":"put"}'],
      ["POST", "?ID=put", stateText(serial, lineage, resources)],
      ["DELETE", "/lock", '{"ID":"put"}'],
    ] as const) {
      const { status, body: said } = await send(method, `${this.address}${path}`, { body, auth: authorization });
      if (status !== 200) throw new Error(`${method} ${path}: ${status} ${said}`);
    }
  }

  async get(): Promise<{ status: number; body: string }> {
    return send("GET", this.address, { auth: authorization });
  }

  /** The bucket's own view of the state. */
  inBucket<T>(look: (authority: StateObject, store: S3Store) => Promise<T>): Promise<T> {
    const store = new S3Store({ ...this.minio, skipS3Checksum: false, environment: this.minio.environment });
    return look(new StateObject(store, this.key), store).finally(() => store.close());
  }

  /**
   * A folder whose backend is one of the doors: an engine that was not told of any move. With `chain` every apply adds its value to the
   * output `chain` of the very state that it read, so that a state names all that came before it. That needs a state to read.
   */
  async engineFolder(
    engine: string,
    door: "http" | "s3",
    chain: "chain" | "no chain" = "no chain",
  ): Promise<(...args: readonly string[]) => Promise<{ code: number | null; output: string }>> {
    const folder = temporaryFolder();
    const s3 = `bucket = "${this.minio.bucket}"\n key = "${this.key}"\n region = "us-east-1"\n endpoints = { s3 = "${this.minio.endpoint}" }\n use_path_style = true
      skip_credentials_validation = true\n skip_metadata_api_check = true\n skip_region_validation = true\n skip_requesting_account_id = true`;
    const http = `address = "${this.address}"`;
    const locks =
      door === "s3"
        ? "use_lockfile = true"
        : `lock_address = "${this.address}/lock"\n unlock_address = "${this.address}/lock"\n lock_method = "POST"\n unlock_method = "DELETE"`;
    const place = door === "s3" ? s3 : http;
    writeFileSync(
      join(folder, "main.tf"),
      `terraform {\n backend "${door}" {\n ${place}\n ${locks}\n }\n}\nvariable "value" {\n default = "first"\n}\nresource "terraform_data" "one" {\n input = var.value\n}\noutput "value" {\n value = terraform_data.one.output\n}\n`,
    );
    if (chain === "chain")
      writeFileSync(
        join(folder, "chain.tf"),
        `data "terraform_remote_state" "before" {\n backend = "${door}"\n config = {\n ${place}\n }\n}\noutput "chain" {\n value = concat(try(data.terraform_remote_state.before.outputs.chain, []), [var.value])\n}\n`,
      );
    const engineRun = async (...args: readonly string[]) => {
      const { code, output } = await run(engine, args, folder, this.clone.environment);
      return { code, output: output.replace(/[│╷╵]/g, " ").replace(/\s+/g, " ") };
    };
    const init = await engineRun("init", "-no-color");
    if (init.code !== 0) throw new Error(init.output);
    return engineRun;
  }

  stop(): void {
    this.server.kill();
  }
}

export function stateText(serial: number, lineage = "lineage-1", resources: readonly object[] = []): string {
  return JSON.stringify({
    version: 4,
    terraform_version: "1.11.4",
    serial,
    lineage,
    outputs: {},
    resources,
    check_results: null,
  });
}
