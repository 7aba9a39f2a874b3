import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { pointOf, startProxy } from "../../cli/tunnel/proxy";
import { type Chooser, startFaultProxy } from "../../lab/fault-proxy/proxy";
import { startMinio } from "../../lab/s3/minio";
import { freePort, startServerProcess } from "../../lab/s3/server-process";
import { type S3Server, type S3ServerOptions } from "../../lab/s3/s3-server";
import { S3Store } from "../../authority/stores/s3";
import { userName } from "../../lib/home";
import { startReplay } from "../../planning/replay/server";
import { repositoryRoot } from "../../lib/root";
import { toolsFolder } from "../../tools/tool";
import { run } from "../authority/programs";
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
  /** Where a page's first command is typed. */
  folder: string;
  private readonly ports = new Map<string, string>();
  private readonly hosts = new Map<string, string>();
  private readonly servers = new Map<string, S3Server>();
  private readonly ends: (() => void | Promise<void>)[] = [];
  private readonly standIns = new Map<string, () => Promise<void>>();

  private constructor(readonly root: string) {
    this.home = join(root, "home", "ann");
    this.folder = this.home;
    mkdirSync(this.home, { recursive: true });
    // Pages say `tofu`; what is found here is as good.
    const programs = join(root, "programs");
    mkdirSync(programs);
    symlinkSync(findEngine().path, join(programs, "tofu"));
    this.environment = {
      HOME: this.home,
      PATH: [join(this.home, ".local", "bin"), programs, dirname(process.execPath), process.env["PATH"]].join(
        delimiter,
      ),
      FLYWHEEL_TOOLS: toolsFolder(),
      NO_PROXY: "127.0.0.1",
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      GIT_CONFIG_NOSYSTEM: "1",
    };
  }

  /** @param root an empty folder, which is the caller's to remove. */
  static async start(root: string): Promise<Lab> {
    const lab = new Lab(root);
    await lab.publish();
    const proxy = await startProxy({
      route: (to) =>
        Promise.resolve(pointOf(lab.hosts.get(`${to.host}:${to.port}`) ?? `${to.host}:${to.port}`, to.port)),
      failed: () => undefined,
    });
    lab.ends.push(() => proxy.stop());
    for (const name of ["HTTP_PROXY", "http_proxy"]) lab.environment[name] = proxy.url;
    return lab;
  }

  /** MinIO behind an address that the page uses, with a bucket. Another one at the same address takes its place, on the same data. */
  async bucket(endpoint: string, options: S3ServerOptions = {}, start = startMinio): Promise<S3Server> {
    const { host } = new URL(endpoint);
    await this.servers.get(host)?.stop();
    const server = await start({ folder: join(this.root, `s3-${this.servers.size}`), ...options });
    this.servers.set(host, server);
    this.hosts.set(host, new URL(server.endpoint).host);
    return server;
  }

  /** From here on the address is reached by a forwarded port alone, as a service of a cluster is from outside. */
  hide(endpoint: string): void {
    this.hosts.delete(new URL(endpoint).host);
    for (const name of ["HTTP_PROXY", "http_proxy"]) Reflect.deleteProperty(this.environment, name);
  }

  /** Providers are replayed for the whole page, as the literal engine and `flywheel` see it. */
  async replayProviders(): Promise<void> {
    const { reattach, close } = await startReplay();
    this.ends.push(close);
    Object.assign(this.environment, { TF_REATTACH_PROVIDERS: reattach, FLYWHEEL_REPLAY: "1" });
  }

  /** What the lab does itself where a page has a block that is not run, by its reason. */
  insteadOf(reason: string, deed: () => Promise<void>): void {
    this.standIns.set(reason, deed);
  }

  async standIn(reason: string): Promise<void> {
    await this.standIns.get(reason)?.();
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
  async clone(): Promise<void> {
    await this.sh(`git clone --quiet ${upstream} ~/flywheel && make --silent -C ~/flywheel install-cli`);
  }

  /** From here on what the chooser says happens to requests to an address of the page. Returns what ends that. */
  async faulty(address: string, chooser: Chooser): Promise<() => void> {
    const { host } = new URL(address);
    const whole = this.hosts.get(host) ?? host;
    const proxy = await startFaultProxy(`http://${whole}`, chooser);
    this.ends.push(() => proxy.close());
    this.hosts.set(host, new URL(proxy.url).host);
    return () => void this.hosts.set(host, whole);
  }

  /** `flywheel serve` over files of its own, behind an address that the page uses. */
  async stateServer(address: string): Promise<void> {
    const port = await freePort();
    const here = `127.0.0.1:${port}`;
    const server = await startServerProcess({
      program: join(this.home, ".local", "bin", "flywheel"),
      args: ["serve", "--store", "file", "--dir", join(this.root, "state-server"), "--listen", here],
      env: this.environment,
      folder: this.home,
      isReady: async () => (await fetch(`http://${here}/healthz`).catch(() => undefined))?.ok === true,
    });
    this.ends.push(() => server.stop());
    this.hosts.set(`${new URL(address).hostname}:${new URL(address).port || "80"}`, here);
  }

  /** Runs a command of the scene. Not synchronously: the proxy and the replayed providers that it asks live in this process. */
  async sh(command: string): Promise<void> {
    const { code, output } = await run("bash", ["-ec", command], this.home, this.environment);
    if (code !== 0) throw new Error(`${command}: exit code ${code}\n${output}`);
  }

  /** A command of the page with free ports for its ports. */
  async here(command: string): Promise<string> {
    for (const [address] of command.matchAll(/127\.0\.0\.1:[1-9]\d*/g))
      if (!this.ports.has(address)) this.ports.set(address, `127.0.0.1:${await freePort()}`);
    return command.replace(/127\.0\.0\.1:[1-9]\d*/g, (address) => this.ports.get(address) ?? address);
  }

  /** What was printed, as the page says it. */
  shown(output: string): string {
    let text = stripVTControlCharacters(output)
      .replaceAll(join(this.root, "programs"), "/usr/bin")
      .replaceAll(join(this.root, "home"), "/home")
      .replaceAll(`${userName()}@${hostname()}`, "ann@laptop")
      .replaceAll(`${userName()} on ${hostname()}`, "ann on laptop");
    for (const [shown, here] of this.ports) text = text.replaceAll(here, shown);
    return text.replace(/[ \t]+$/gm, "").replace(/^\n+|\n+$/g, "");
  }

  async stop(): Promise<void> {
    for (const end of this.ends.reverse()) await end();
    for (const server of this.servers.values()) await server.stop();
  }

  /** This checkout, not yet committed files too, as the repository that pages clone. */
  private async publish(): Promise<void> {
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
    await this.sh(
      `cd '${source}' && git init --quiet --template= && git add --all --force && git commit --quiet --message flywheel`,
    );
  }
}
