import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { readLedger } from "../../lib/config/ledger";
import { lockInfo } from "../authority/support";
import { everyStack } from "../lib/backend/support";
import { organization, temporaryFolder, writeFiles } from "../lib/config/support";
import { runChild, runFlywheel } from "../stacks/synth/child";
import { type ServeChild, startServe } from "./serve-child";

const lineage = "5f1c0de0-0000-4000-8000-000000000001";
const state = (serial: number, more: object = {}) =>
  JSON.stringify({ version: 4, terraform_version: "1.11.4", serial, lineage, outputs: {}, resources: [], ...more });

let config: string;
let server: ServeChild;

beforeAll(async () => {
  config = everyStack("");
  server = await startServe(config, join(temporaryFolder(), "states"));
  useAddress(`${server.url}/state/{stack}-{env}`);
});
afterAll(async () => server.stop());

function useAddress(address: string): void {
  writeFiles(config, { "organization.yaml": organization(`state: {http: {address: '${address}'}}`) });
}

const ledger = () => readLedger(join(config, "state-ledger.yaml"));
const ledgerText = () => readFileSync(join(config, "state-ledger.yaml"), "utf8");

async function register(args: readonly string[], password = server.password) {
  const outcome = await runFlywheel(["register", ...args, "--json"], {
    cwd: config,
    env: { FLYWHEEL_CONFIG_DIR: config, TF_HTTP_USERNAME: server.user, TF_HTTP_PASSWORD: password },
  });
  return { code: outcome.code, document: JSON.parse(outcome.stdout) as unknown, stderr: outcome.stderr };
}

/** Puts a state where the server keeps it, as an engine does. */
async function put(name: string, serial: number): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${server.user}:${server.password}`).toString("base64")}`;
  const at = `${server.url}/state/${name}`;
  const lock = JSON.stringify(lockInfo("l", { Who: "test" }));
  for (const [method, url, body] of [
    ["POST", `${at}/lock`, lock],
    ["POST", `${at}?ID=l`, state(serial)],
    ["DELETE", `${at}/lock`, lock],
  ] as const) {
    const answer = await fetch(url, { method, body, headers: { authorization } });
    expect({ method, url, status: answer.status }).toEqual({ method, url, status: 200 });
  }
}

describe("flywheel register, against a real state server", () => {
  it("says `new` where there is no state yet, and only when it is told so", async () => {
    expect(await register(["arc-runners"])).toMatchObject({
      code: 1,
      document: { problems: [{ code: "no-state-yet", remedy: expect.stringContaining("register arc-runners --new") }] },
    });
    expect(ledger().ledger.entries.size).toBe(0);
    expect(await register(["arc-runners", "--new"])).toMatchObject({
      code: 0,
      document: {
        ok: true,
        entry: {
          stack: "arc-runners",
          environment: "dev",
          backend: "http",
          lineage: "new",
          serial: 0,
          sha256: "new",
          generation: 1,
        },
      },
    });
    expect(ledger().ledger.entries.get("arc-runners-dev")).toMatchObject({
      location: `${server.url}/state/arc-runners-dev`,
      lineage: "new",
    });
  });

  it("writes what is there", async () => {
    await put("arc-runners-prod", 7);
    expect(await register(["arc-runners-prod", "--new"])).toMatchObject({
      code: 1,
      document: { problems: [{ code: "not-new", what: expect.stringContaining("a state at") }] },
    });
    expect(await register(["arc-runners-prod"])).toMatchObject({
      code: 0,
      document: { entry: { lineage, serial: 7, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    });
  });

  it("refuses what is registered already, and repairs it on demand", async () => {
    const before = ledgerText();
    await put("arc-runners-prod", 9);
    expect(await register(["arc-runners-prod"])).toMatchObject({
      code: 1,
      document: { ok: false, problems: [{ code: "already-registered", remedy: expect.stringContaining("--repair") }] },
    });
    expect(ledgerText()).toBe(before);
    expect(await register(["arc-runners-prod", "--repair"])).toMatchObject({
      code: 0,
      document: { entry: { serial: 9, generation: 1 } },
    });
    expect(ledger().ledger.entries.size).toBe(2);
  });

  it("does not take a state that is gone for a new one", async () => {
    writeFiles(config, { "state-ledger.yaml": ledgerText().replace("lineage: new", `lineage: ${lineage}`) });
    const before = ledgerText();
    expect(await register(["arc-runners", "--repair"])).toMatchObject({
      code: 1,
      document: { problems: [{ code: "state-missing", what: expect.stringContaining(lineage) }] },
    });
    expect(ledgerText()).toBe(before);
  });

  it.each([
    ["a wrong password", "canary-password", [], /TF_HTTP_PASSWORD/],
    ["an unknown id", undefined, ["runner-dashbord"], /did you mean "runner-dashboard"\?/],
  ])("writes nothing for %s", async (_what, password, args, said) => {
    const before = ledgerText();
    const { code, document, stderr } = await register(args.length === 0 ? ["runner-dashboard"] : args, password);
    expect({ code, document }).toMatchObject({ code: 1, document: { ok: false } });
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain("canary-password");
    expect(ledgerText()).toBe(before);
  });
});

describe("flywheel register, against a server that fails", () => {
  const states: [string, number, string, RegExp][] = [
    ["an outage", 503, "the bucket is gone", /503.*the bucket is gone/],
    ["an error", 500, "oops", /500/],
    ["something that is no state", 200, "<html>", /not JSON/],
    ["a state of another version", 200, state(1, { version: 3 }), /version/],
  ];
  it.each(states)("takes %s for what it is, and writes nothing", async (_what, status, body, said) => {
    const failing = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, "127.0.0.1");
    await new Promise((resolve) => failing.once("listening", resolve));
    const before = ledgerText();
    try {
      useAddress(`http://127.0.0.1:${(failing.address() as AddressInfo).port}/{stack}-{env}`);
      const { code, stderr } = await register(["runner-dashboard"]);
      expect(code).toBe(1);
      expect(stderr).toMatch(said);
      expect(ledgerText()).toBe(before);
    } finally {
      failing.close();
      useAddress(`${server.url}/state/{stack}-{env}`);
    }
  });

  it("that does not answer at all", async () => {
    useAddress("http://127.0.0.1:9/{stack}-{env}");
    const { code, stderr } = await register(["runner-dashboard"]);
    useAddress(`${server.url}/state/{stack}-{env}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/127\.0\.0\.1:9/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("flywheel serve", () => {
  const serve = (listen: string, env: Readonly<Record<string, string>>) =>
    runFlywheel(["serve", "--store", "file", "--listen", listen, "--dir", join(temporaryFolder(), "states")], {
      cwd: config,
      env: { FLYWHEEL_CONFIG_DIR: config, ...env },
    });

  it("on a port that is taken is one sentence, exit code 1", async () => {
    const port = new URL(server.url).port;
    const { code, stdout, stderr } = await serve(`127.0.0.1:${port}`, { TF_HTTP_USERNAME: "u", TF_HTTP_PASSWORD: "p" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("without credentials does not start", async () => {
    expect(await serve("127.0.0.1:0", {})).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("TF_HTTP_USERNAME"),
    });
  });

  it("goes away when it is told to", async () => {
    const another = await startServe(config, join(temporaryFolder(), "states"));
    await another.stop();
    expect(
      (
        await runChild(
          process.execPath,
          ["-e", `fetch("${another.url}/healthz").then(() => process.exit(1), () => process.exit(0))`],
          { cwd: config },
        )
      ).code,
    ).toBe(0);
  });
});
