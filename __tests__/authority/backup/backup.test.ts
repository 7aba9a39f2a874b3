import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { newestBackup } from "../../../authority/backup/catalogue";
import { loadConfiguration } from "../../../lib/config/load";
import { repositoryRoot } from "../../../lib/root";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { stateInStore } from "../../../authority/state/state-store";
import { FileStore } from "../../../authority/stores/file";
import { startServe } from "../../cli/serve-child";
import { configFolder, leastSettings, organization, temporaryFolder, writeFiles } from "../../lib/config/support";
import { runChild } from "../../stacks/synth/child";
import {
  configuration,
  filesIn,
  flywheel,
  keyPair,
  leaks,
  lineage,
  modeOf,
  putState,
  stateBytes,
  writeConfiguration,
} from "./support";

let server: S3Server;
let other: S3Server;
let key: { recipient: string; file: string };

beforeAll(async () => {
  [server, other, key] = await Promise.all([
    startMinio(),
    startMinio({ bucket: "backups", versioned: false }),
    keyPair(),
  ]);
  await putState(server, stateBytes(3));
}, 300_000);
afterAll(async () => {
  await Promise.all([server.stop(), other.stop()]);
});

const otherCredentials = () => ({
  FLYWHEEL_BACKUP_AWS_ACCESS_KEY_ID: other.accessKeyId,
  FLYWHEEL_BACKUP_AWS_SECRET_ACCESS_KEY: other.secretAccessKey,
});
const drill = (
  config: string,
  identity: string,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) => flywheel(["restore-drill", "--identity", identity, ...more], config, server, env);

describe("flywheel backup into a directory", () => {
  let target: string;
  let config: string;
  beforeAll(() => {
    target = temporaryFolder();
    config = configuration(server, `{directory: ${target}}`, [key.recipient]);
  });

  it("writes an encrypted file and a manifest without secrets, private, and says so", async () => {
    const { code, stdout } = await flywheel(["backup"], config, server);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^arc-runners: serial 3, sha256 [0-9a-f]{12}, written to arc-runners-dev\/3-[0-9a-f]{12}-\d{8}T\d{9}Z\.tfstate\.age and read back/,
      ),
    });
    const names = readdirSync(join(target, "arc-runners-dev")).sort();
    expect(names).toEqual([
      expect.stringMatching(/^3-.*\.manifest\.json$/),
      expect.stringMatching(/^3-.*\.tfstate\.age$/),
    ]);
    const [manifest = "", file = ""] = names.map((name) => join(target, "arc-runners-dev", name));
    expect(readFileSync(file, "latin1")).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    expect(JSON.parse(readFileSync(manifest, "utf8"))).toMatchObject({
      version: 1,
      state: "arc-runners-dev",
      lineage,
      serial: 3,
      size: stateBytes(3).length,
      recipients: [key.recipient],
    });
    expect(leaks(target)).toEqual([]);
    expect([manifest, file].map(modeOf)).toEqual([0o600, 0o600]);
  });

  it("writes nothing where the newest backup has these very bytes, and again for another recipient", async () => {
    const before = filesIn(target);
    expect(await flywheel(["backup", "arc-runners"], config, server)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("serial 3 is backed up already"),
    });
    expect(filesIn(target)).toEqual(before);
    const second = await keyPair();
    writeConfiguration(config, server, `{directory: ${target}}`, [key.recipient, second.recipient]);
    expect(await flywheel(["backup"], config, server)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("written to"),
    });
    expect(filesIn(target)).toHaveLength(before.length + 2);
    // Either identity opens it.
    for (const { file } of [key, second]) expect(await drill(config, file)).toMatchObject({ code: 0 });
  });

  it("tells check which is the newest, without an identity", async () => {
    const loaded = loadConfiguration(config);
    const [stack] = loaded.stacks;
    if (stack === undefined) throw new Error("a stack is configured");
    expect(await newestBackup(loaded, stack, {})).toMatchObject({ serial: 3, lineage });
  });

  it("proves it: opens, restores, serves, reads and plans, one line a step, and leaves nothing in clear", async () => {
    const temporary = temporaryFolder();
    const { code, stdout, stderr } = await drill(config, key.file, [], { TMPDIR: temporary });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(
      stdout
        .split("\n")
        .map((line) => /^arc-runners: ([a-z ]+): .* \(\d+ ms\)$/.exec(line)?.[1])
        .filter(Boolean),
    ).toEqual(["find", "decrypt", "restore", "serve and read", "plan"]);
    expect(stdout).toMatch(/plan: \d+ to add, 0 to change, 0 to replace, 0 to destroy, by replay/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("keeps the restored store where it is told to, for its owner alone", async () => {
    const kept = join(temporaryFolder(), "states");
    expect(await drill(config, key.file, ["--keep", kept])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`serve --store file --dir ${kept}`),
    });
    expect(leaks(kept)).toHaveLength(1);
    expect(leaks(kept).map(modeOf)).toEqual([0o600]);
  });

  it("takes the identity from a pipe", async () => {
    const script = `cat "${key.file}" | "${process.execPath}" "${join(repositoryRoot, "bin/flywheel")}" restore-drill --identity /dev/stdin`;
    expect(
      await runChild("bash", ["-c", script], {
        cwd: config,
        env: { FLYWHEEL_CONFIG_DIR: config, ...server.environment },
      }),
    ).toMatchObject({ code: 0, stdout: expect.stringContaining("restored: arc-runners") });
  });

  it("refuses the wrong identity, and one that is none, without repeating it", async () => {
    const wrong = await keyPair();
    expect(await drill(config, wrong.file, ["--json"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"wrong-identity"'),
    });
    const none = join(temporaryFolder(), "key");
    writeFileSync(none, "# a comment\nAGE-SECRET-KEY-1CANARYCANARY\n");
    const refused = await drill(config, none);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`${none}:2: this line is no identity`) });
    expect(refused.stderr).not.toContain("CANARYCANARY");
  });

  it("finds a file that was changed, cut off, or exchanged", async () => {
    const names = filesIn(target).filter((file) => file.endsWith(".age"));
    for (const file of names) {
      const whole = readFileSync(file);
      for (const damaged of [
        Buffer.concat([whole.subarray(0, -9), Buffer.from([(whole.at(-9) ?? 0) ^ 1]), whole.subarray(-8)]),
        whole.subarray(0, -20),
        Buffer.from("{}"),
      ]) {
        writeFileSync(file, damaged);
        if (file === names.at(-1))
          expect(await drill(config, key.file, ["--json"])).toMatchObject({
            code: 1,
            stdout: expect.stringContaining('"backup-damaged"'),
          });
      }
      writeFileSync(file, whole);
    }
    expect(await drill(config, key.file)).toMatchObject({ code: 0 });
  });

  it("is not content with a backup that is older than the ledger", async () => {
    writeConfiguration(config, server, `{directory: ${target}}`, [key.recipient], 9);
    expect(await drill(config, key.file, ["--json"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("drill-differs"),
    });
    expect(await flywheel(["backup", "--json"], config, server)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("serial-behind-ledger"),
    });
    writeConfiguration(config, server, `{directory: ${target}}`, [key.recipient]);
  });

  it("refuses a state that is behind its own backup: something newer was lost", async () => {
    await putState(server, stateBytes(2));
    const before = filesIn(target);
    expect(await flywheel(["backup", "--json"], config, server)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/state-behind-backup[\s\S]*serial 3/),
    });
    expect(filesIn(target)).toEqual(before);
    await putState(server, stateBytes(3));
  });

  it("takes a folder that is not there for a disk that is not mounted", async () => {
    const missing = join(temporaryFolder(), "mnt");
    const elsewhere = configuration(server, `{directory: ${missing}}`, [key.recipient]);
    expect(await flywheel(["backup"], elsewhere, server)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`mkdir -p ${missing}`),
    });
    mkdirSync(missing);
    writeFileSync(join(missing, "flywheel-store.json"), "{}");
    expect(await flywheel(["backup"], elsewhere, server)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("keeps states itself"),
    });
    rmSync(missing, { recursive: true });
  });
});

describe("flywheel backup into another S3", () => {
  it("backs up and proves, with credentials of the target's own", async () => {
    const config = configuration(
      server,
      `{endpoint: "${other.endpoint}", bucket: ${other.bucket}, prefix: flywheel/states}`,
      [key.recipient],
    );
    const without = await flywheel(["backup"], config, server);
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining("FLYWHEEL_BACKUP_AWS_ACCESS_KEY_ID") });
    expect(await flywheel(["backup"], config, server, otherCredentials())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("and read back"),
    });
    expect(await flywheel(["backup"], config, server, otherCredentials())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("backed up already"),
    });
    const client = other.client();
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: other.bucket }));
    client.destroy();
    expect(Contents.map(({ Key }) => Key)).toEqual([
      expect.stringMatching(/^flywheel\/states\/arc-runners-dev\/3-.*\.manifest\.json$/),
      expect.stringMatching(/^flywheel\/states\/arc-runners-dev\/3-.*\.tfstate\.age$/),
    ]);
    expect(await drill(config, key.file, [], otherCredentials())).toMatchObject({ code: 0 });
  });

  it("refuses the state's own bucket, by its name and, under another address, by what it holds", async () => {
    const own = {
      FLYWHEEL_BACKUP_AWS_ACCESS_KEY_ID: server.accessKeyId,
      FLYWHEEL_BACKUP_AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    };
    for (const endpoint of [
      server.endpoint,
      `${server.endpoint}/`,
      server.endpoint.replace("127.0.0.1", "localhost"),
    ]) {
      const config = configuration(server, `{endpoint: "${endpoint}", bucket: ${server.bucket}, prefix: backups}`, [
        key.recipient,
      ]);
      expect(await flywheel(["backup", "--json"], config, server, own)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('"backup-in-state-bucket"'),
      });
    }
  });

  it("says of a target that is out that it is out", async () => {
    const config = configuration(server, `{endpoint: "http://127.0.0.1:9", bucket: backups}`, [key.recipient]);
    expect(await flywheel(["backup"], config, server, otherCredentials())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("flywheel backup of a state behind the HTTP door", () => {
  it("backs up what the server gives, says of a stack without state that there is none, and goes on after a failure", async () => {
    const [target, states] = [temporaryFolder(), join(temporaryFolder(), "states")];
    const config = configFolder({
      "organization.yaml": "",
      "environments/dev/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
      "environments/prod/arc-runners.yaml": leastSettings["arc-runners"] ?? "",
    });
    const write = (address: string) =>
      writeFiles(config, {
        "organization.yaml": organization(
          `state: {http: {address: "${address}"}, backup: {target: {directory: ${target}}, recipients: [${key.recipient}]}}`,
        ),
      });
    write("http://127.0.0.1:9/state/{stack}-{env}");
    const store = stateInStore(await FileStore.open(states), "dev/arc-runners/terraform.tfstate", states);
    await store.lock({
      ID: "l",
      Operation: "",
      Info: "",
      Who: "test",
      Version: "",
      Created: "2026-04-16T09:12:00Z",
      Path: "",
    });
    await store.write(stateBytes(3), "l");
    await store.unlock("l");
    const http = await startServe(config, states);
    try {
      write(`${http.url}/state/{stack}-{env}`);
      const credentials = { TF_HTTP_USERNAME: http.user, TF_HTTP_PASSWORD: http.password };
      expect(await flywheel(["backup"], config, server, credentials)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^arc-runners: serial 3, .*\narc-runners-prod: there is no state yet/),
      });
      expect(await drill(config, key.file)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("restored: arc-runners\n"),
      });
      writeFiles(config, {
        "state-ledger.yaml": `states:\n  - {stack: arc-runners, environment: dev, backend: http, location: "${http.url}/state/arc-runners-dev", lineage: another, serial: 1, sha256: new, at: "2026-04-16", generation: 1}\n`,
      });
      expect(await flywheel(["backup"], config, server, credentials)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("the ledger says another"),
        stdout: expect.stringContaining("arc-runners-prod: there is no state yet"),
      });
      expect(
        await flywheel(["backup", "--json"], config, server, { ...credentials, TF_HTTP_PASSWORD: "wrong" }),
      ).toMatchObject({ code: 1, stdout: expect.stringContaining('"not-allowed"') });
    } finally {
      await http.stop();
    }
  });
});

it("does not back one state up under two names", async () => {
  const settings = leastSettings["arc-runners"] ?? "";
  const target = temporaryFolder();
  const config = configFolder({
    "organization.yaml": organization(
      `state: {backup: {target: {directory: ${target}}, recipients: [${key.recipient}]}}`,
    ),
    "environments/dev/arc-runners.yaml": settings,
    "environments/prod/arc-runners.yaml": settings,
  });
  expect(
    await flywheel(["backup", "--json"], config, server, { TF_HTTP_ADDRESS: "http://127.0.0.1:9/state/one" }),
  ).toMatchObject({ code: 1, stdout: expect.stringContaining('"one-address-for-many"') });
  expect(filesIn(target)).toEqual([]);
});

describe("state.backup in organization.yaml", () => {
  it.each([
    ["{directory: relative}", "[RECIPIENT]", /absolute path/],
    ["{directoy: /mnt}", "[RECIPIENT]", /did you mean "directory"\?/],
    ["{directory: /mnt, bucket: other}", "[RECIPIENT]", /either a directory, or an endpoint and a bucket/],
    ['{endpoint: "https://s3.example.org"}', "[RECIPIENT]", /"state.backup.target.bucket" is missing/],
    ["{directory: /mnt}", "[]", /at least one age recipient/],
    ["{directory: /mnt}", "[ssh-ed25519 AAAA]", /is no age recipient/],
    ["{directory: /mnt}", "[AGE-SECRET-KEY-1CANARY]", /is a secret key/],
    ["{directory: /mnt}", "AGE-SECRET-KEY-1CANARY", /is a secret key/],
    ["{directory: FOLDER}", "[MISTYPED]", /its checksum is wrong/],
  ])("refuses target %s with recipients %s", async (target, recipients, said) => {
    const config = configuration(server, target.replace("FOLDER", temporaryFolder()), []);
    const file = join(config, "organization.yaml");
    const mistyped = key.recipient.slice(0, -1) + (key.recipient.endsWith("q") ? "p" : "q");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(
        "recipients: []",
        `recipients: ${recipients.replace("MISTYPED", mistyped).replace("RECIPIENT", key.recipient)}`,
      ),
    );
    const { code, stderr } = await flywheel(["backup"], config, server);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(said) });
    expect(stderr).not.toContain("CANARY");
  });
});
