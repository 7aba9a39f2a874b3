import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pointOf, startProxy } from "../../cli/tunnel/proxy";
import { startMinio } from "../../lab/s3/minio";
import { freePort } from "../../lab/s3/server-process";
import { type S3Server, type S3ServerOptions } from "../../lab/s3/s3-server";
import { S3Store } from "../../authority/stores/s3";
import { userName } from "../../lib/home";
import { repositoryRoot } from "../../lib/root";
import { toolsFolder } from "../../tools/tool";
import { findEngine } from "../support/engines";

/** Where a page's clone comes from. */
const upstream = "https://github.com/tinyland-inc/flywheel";

/**
 * A machine for one page: an empty home of ann's, this program to be cloned, and hosts that only its proxy knows. Pages say
 * /home/ann and ann@laptop, ports are free ones; everything else is as the page has it.
 */
export class Lab {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  private readonly ports = new Map<string, string>();
  private readonly hosts = new Map<string, string>();
  private readonly ends: (() => void | Promise<void>)[] = [];

  private constructor(readonly root: string) {
    this.home = join(root, "home", "ann");
    mkdirSync(this.home, { recursive: true });
    const { name, path } = findEngine();
    this.environment = {
      HOME: this.home,
      PATH: [join(this.home, ".local", "bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter),
      FLYWHEEL_ENGINE: name === "terraform" ? undefined : path,
      FLYWHEEL_TOOLS: toolsFolder(),
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      GIT_CONFIG_NOSYSTEM: "1",
    };
  }

  /** @param root an empty folder, which is the caller's to remove. */
  static async start(root: string): Promise<Lab> {
    const lab = new Lab(root);
    lab.publish();
    const proxy = await startProxy({
      route: (to) =>
        Promise.resolve(pointOf(lab.hosts.get(`${to.host}:${to.port}`) ?? `${to.host}:${to.port}`, to.port)),
      failed: () => undefined,
    });
    lab.ends.push(() => proxy.stop());
    for (const name of ["HTTP_PROXY", "http_proxy"]) lab.environment[name] = proxy.url;
    return lab;
  }

  /** MinIO behind an address that the page uses, with a bucket. */
  async bucket(endpoint: string, options: S3ServerOptions = {}): Promise<S3Server> {
    const server = await startMinio(options);
    this.ends.push(() => server.stop());
    const { host } = new URL(endpoint);
    this.hosts.set(host, new URL(server.endpoint).host);
    return server;
  }

  /** A loopback address of the page leads to where a server of the lab listens. */
  forward(shown: string, to: string): void {
    this.ports.set(shown, new URL(to).host);
  }

  /** Puts an object into a bucket. */
  async put(server: S3Server, key: string, bytes: Buffer): Promise<void> {
    const store = new S3Store({ ...server, skipS3Checksum: false, environment: server.environment });
    await store.create(key, bytes);
    store.close();
  }

  /** Writes a file, by its path from the home. */
  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.home, path)), { recursive: true });
    writeFileSync(join(this.home, path), content);
  }

  /** A clone in ~/flywheel with its packages, on PATH: what docs/start.md does. */
  clone(): void {
    this.sh(`git clone --quiet ${upstream} ~/flywheel && make --silent -C ~/flywheel install-cli`);
  }

  sh(command: string): string {
    return execFileSync("bash", ["-ec", command], { cwd: this.home, env: this.environment, encoding: "utf8" });
  }

  /** A command of the page with free ports for its ports. */
  async here(command: string): Promise<string> {
    for (const [address] of command.matchAll(/127\.0\.0\.1:[1-9]\d*/g))
      if (!this.ports.has(address)) this.ports.set(address, `127.0.0.1:${await freePort()}`);
    return command.replace(/127\.0\.0\.1:[1-9]\d*/g, (address) => this.ports.get(address) ?? address);
  }

  /** What was printed, as the page says it. */
  shown(output: string): string {
    let text = output
      .replaceAll(join(this.root, "home"), "/home")
      .replaceAll(`${userName()}@${hostname()}`, "ann@laptop");
    for (const [shown, here] of this.ports) text = text.replaceAll(here, shown);
    return text.replace(/[ \t]+$/gm, "").replace(/^\n+|\n+$/g, "");
  }

  async stop(): Promise<void> {
    for (const end of this.ends.reverse()) await end();
  }

  /** This checkout, not yet committed files too, as the repository that pages clone. */
  private publish(): void {
    const source = join(this.root, "upstream");
    const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
      cwd: repositoryRoot,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    for (const file of files.split("\0").filter((name) => name !== ""))
      cpSync(join(repositoryRoot, file), join(source, file), { verbatimSymlinks: true });
    const template = join(this.root, "template");
    mkdirSync(join(template, "hooks"), { recursive: true });
    // A clone gets the packages that are installed here, each as a link, and they count as the lockfile's: no test downloads anything.
    const hook = [
      "#!/bin/sh",
      "[ ! -e package-lock.json ] || [ -e node_modules ] || {",
      `  cp -R '${join(this.root, "packages")}' node_modules && touch -d 2020-01-01 package-lock.json`,
      "}",
    ];
    writeFileSync(join(template, "hooks", "post-checkout"), `${hook.join("\n")}\n`, { mode: 0o755 });
    mkdirSync(join(this.root, "packages"));
    const packages = join(repositoryRoot, "node_modules");
    for (const name of readdirSync(packages).filter((one) => one !== ".cache"))
      symlinkSync(join(packages, name), join(this.root, "packages", name));
    this.write(
      ".gitconfig",
      `[user]\n name = Ann\n email = ann@example.org\n[init]\n defaultBranch = main\n templateDir = ${template}\n[url "file://${source}"]\n insteadOf = ${upstream}\n`,
    );
    this.sh(
      `cd '${source}' && git init --quiet --template= && git add --all --force && git commit --quiet --message flywheel`,
    );
  }
}
