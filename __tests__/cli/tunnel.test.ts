import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { S3Store } from "../../authority/stores/s3";
import { startMinio } from "../../lab/s3/minio";
import { type S3Server } from "../../lab/s3/s3-server";
import { repositoryRoot } from "../../lib/root";
import { stateBytes } from "../authority/support";
import { onTerminal } from "../support/terminal";
import { configurationWith } from "../support/configuration";
import { runChild } from "../stacks/synth/child";

/** The place has a name that nothing resolves: whatever is read there came down the road. */
const endpoint = "http://tofu-state.example.invalid:9000";
const flywheel = join(repositoryRoot, "bin", "flywheel");
let minio: S3Server;

beforeAll(async () => {
  minio = await startMinio();
  const store = new S3Store({ ...minio, skipS3Checksum: false, environment: minio.environment });
  await store.create("dev/arc-runners/terraform.tfstate", stateBytes(7));
  store.close();
});
afterAll(async () => minio.stop());

const configuration = (more = "") =>
  configurationWith(`state: {backend: s3, s3: {endpoint: "${endpoint}", bucket: "${minio.bucket}"${more}}}`);

const run = (folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runChild(process.execPath, [flywheel, ...args], {
    cwd: folder,
    env: { FLYWHEEL_CONFIG_DIR: folder, HOME: folder, ...minio.environment, ...env },
  });
const portOfMinio = () => new URL(minio.endpoint).port;
const own = (...args: string[]) => ["--", process.execPath, flywheel, ...args];

describe("flywheel tunnel", () => {
  it("reaches a place by a given port, leaves everything else straight, and changes no contract", async () => {
    const folder = configuration();
    const via = ["tunnel", "--via", `127.0.0.1:${portOfMinio()}`];
    const env = { NO_PROXY: "example.invalid,10.0.0.0/8", no_proxy: "*" };
    const registered = await run(folder, [...via, ...own("register", "arc-runners")], env);
    expect(registered).toMatchObject({ code: 0, stdout: expect.stringContaining("serial 7") });
    expect(readFileSync(join(folder, "state-ledger.yaml"), "utf8")).toContain(
      `location: s3://${minio.bucket}/dev/arc-runners/terraform.tfstate`,
    );

    const [straight, through] = [
      await run(folder, ["contract", "arc-runners", "--json"]),
      await run(folder, [...via, ...own("contract", "arc-runners", "--json")]),
    ];
    expect(through).toMatchObject({ code: 0, stdout: straight.stdout });

    // A plain origin that is no place, a tunnel by CONNECT to the place, and the exit code of the command.
    const script = `
      const { request } = require("node:http");
      const proxy = new URL(process.env.HTTP_PROXY);
      if (process.env.https_proxy !== proxy.origin || process.env.NO_PROXY !== "10.0.0.0/8" || process.env.no_proxy) process.exit(1);
      const server = require("node:http").createServer((_, answer) => answer.end("straight")).listen(0, "127.0.0.1", () => {
        const url = "http://127.0.0.1:" + server.address().port + "/x?y";
        request({ host: proxy.hostname, port: proxy.port, path: url }, (reply) => reply.on("data", (text) => {
          if (String(text) !== "straight") process.exit(2);
          request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: "tofu-state.example.invalid:9000" })
            .on("connect", (_reply, socket) => {
              socket.on("data", (text) => process.exit(/^HTTP.1.1 200 OK/.test(text) ? 7 : 3));
              socket.write("GET /minio/health/live HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
            }).end();
        })).end();
      });`;
    expect(await run(folder, [...via, "--", process.execPath, "-e", script], env)).toMatchObject({ code: 7 });
  });

  it("asks before a bucket at the end of a road gets its identity, and shows what it found there", async () => {
    const folder = configuration();
    const via = ["tunnel", "--via", `127.0.0.1:${portOfMinio()}`, ...own("register", "--authority")];
    const found = "  arc-runners-dev: serial 7, lineage";
    const alone = await run(folder, via);
    expect(alone).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("nobody to ask") });
    expect(alone.stderr).toContain("without an identity");
    expect(alone.stderr).toContain(found);
    const asked = (answer: string) =>
      onTerminal({
        command: [process.execPath, flywheel, ...via],
        cwd: folder,
        env: { PATH: process.env["PATH"], FLYWHEEL_CONFIG_DIR: folder, HOME: folder, ...minio.environment },
        at: /Only "yes" does: /,
        deed: `type:${answer}\\n`,
      });
    expect(await asked("no")).toMatchObject({ code: 1, said: expect.stringContaining("was given no identity") });
    expect(await asked("yes")).toMatchObject({ code: 0, said: expect.stringContaining("has an identity now") });
    // Nothing is to be written any more, so nothing is asked.
    const again = await run(folder, [...via, "--json"]);
    expect(again).toMatchObject({ code: 0, stderr: expect.not.stringContaining(found) });
    const { authority } = JSON.parse(again.stdout) as { authority: string };
    expect(again.stderr).toContain(`identity ${authority}`);
    const elsewhere = await run(configuration(", authority: another"), [...via, "--yes"]);
    expect(elsewhere).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("the road ends at") });
    const known = await run(configuration(`, authority: ${authority}`), via);
    expect(known).toMatchObject({ code: 0, stdout: expect.stringContaining("had an identity already") });
  });

  it("tells a road that leads nowhere before the command runs", async () => {
    const folder = configuration();
    const outcome = await run(folder, ["tunnel", "--via", "127.0.0.1:9", ...own("status")]);
    expect(outcome).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("127.0.0.1:9 is gone") });
    const nothing = await run(configuration(", service: a/b:1"), ["tunnel", ...own("status")], {
      PATH: "/nonexistent",
    });
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining("spawn kubectl ENOENT") });
    expect(await run(folder, ["tunnel", ...own("status")])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("state.s3.service"),
    });
  });

  it("tells a road that dies under a command as what it is", async () => {
    // It answers once, to whoever asks whether it is there.
    const relay = createServer((socket) => void (socket.destroy(), relay.close())).listen(0, "127.0.0.1");
    await once(relay, "listening");
    const { port } = relay.address() as AddressInfo;
    const outcome = await run(configuration(), [
      "tunnel",
      "--via",
      `127.0.0.1:${port}`,
      ...own("status", "arc-runners"),
    ]);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("flywheel tunnel: connect ECONNREFUSED"),
    });
    expect(outcome.stderr.match(/the road to tofu-state.example.invalid:9000 is gone/g)).toHaveLength(1);
  });

  it("forwards a port itself, and again on the same one after it died", async () => {
    const folder = configuration(", service: nix-cache/tofu-state-rustfs:9000");
    const bin = join(folder, "bin");
    mkdirSync(bin);
    // No cluster here: a TCP relay stands in for kubectl. The first one dies with the first connection after its start was seen.
    const relay = `#!${process.execPath}
      const net = require("node:net"), fs = require("node:fs");
      const args = process.argv.slice(2).join(" ");
      const port = Number(/ service.tofu-state-rustfs (\\d+):9000$/.exec(args)[1]);
      if (!args.startsWith("--context honey --namespace nix-cache port-forward ")) process.exit(1);
      const runs = fs.readdirSync("${bin}").filter((name) => name.startsWith("run")).length;
      fs.writeFileSync("${bin}/run" + runs, String(port));
      let seen = 0;
      net.createServer((socket) => {
        if (runs === 0 && seen++ > 0) process.exit(1);
        const way = net.connect(${portOfMinio()}, "127.0.0.1");
        for (const end of [socket, way]) end.on("error", () => (socket.destroy(), way.destroy()));
        socket.pipe(way).pipe(socket);
      }).listen(port, "127.0.0.1");
    `;
    writeFileSync(join(bin, "kubectl"), relay);
    chmodSync(join(bin, "kubectl"), 0o755);
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    const outcome = await run(folder, ["tunnel", ...own("register", "arc-runners")], env);
    expect(outcome.stderr).toContain("started again");
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining("serial 7") });
    const ports = readdirSync(bin)
      .filter((name) => name.startsWith("run"))
      .map((name) => readFileSync(join(bin, name), "utf8"));
    expect(ports).toEqual([ports[0], ports[0]]);
  });
});
