import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../../lib/sha256";
import { repositoryRoot } from "../../../lib/root";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { temporaryFolder } from "../../lib/config/support";
import { canary, configuration, flywheel, keyPair, leaks, lineage, putState } from "./support";

/** A real process, killed by SIGKILL in the middle of a backup of a state that takes a while. */
let server: S3Server;
beforeAll(async () => {
  server = await startMinio();
}, 300_000);
afterAll(async () => server.stop());

const large = Buffer.from(
  JSON.stringify({
    version: 4,
    terraform_version: "1.11.4",
    serial: 5,
    lineage,
    outputs: { token: { value: canary.repeat(800_000), type: "string", sensitive: true } },
    resources: [],
    check_results: null,
  }),
);

it("leaves no half backup and nothing in clear, and the next run is as if it had not been", async () => {
  await putState(server, large);
  const [target, temporary, key] = [temporaryFolder(), temporaryFolder(), await keyPair()];
  const folder = join(target, "arc-runners-dev");
  mkdirSync(folder);
  const config = configuration(server, `{directory: ${target}}`, [key.recipient]);
  let inTheMiddle = 0;
  for (const wait of [0, 2, 5, 10, 20]) {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [join(repositoryRoot, "bin/flywheel"), "backup"], {
      cwd: config,
      env: { PATH, HOME, TMPDIR: temporary, FLYWHEEL_CONFIG_DIR: config, ...server.environment },
      stdio: "ignore",
    });
    const gone = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    const strays = readdirSync(folder).length;
    const deadline = Date.now() + 30_000;
    while (readdirSync(folder).length === strays && child.exitCode === null && Date.now() < deadline) await sleep(1);
    await sleep(wait);
    child.kill("SIGKILL");
    await gone;
    const visible = readdirSync(folder).filter((name) => !name.startsWith("."));
    if (readdirSync(folder).length > visible.length) inTheMiddle += 1;
    // Whatever has a name is whole, and a manifest's file is there.
    for (const name of visible.filter((other) => other.endsWith(".manifest.json"))) {
      const manifest = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
        file: string;
        encrypted_sha256: string;
      };
      expect(sha256(readFileSync(join(target, manifest.file)))).toBe(manifest.encrypted_sha256);
    }
    expect([...leaks(target), ...leaks(temporary)]).toEqual([]);
  }
  expect(inTheMiddle).toBeGreaterThan(0);
  expect(await flywheel(["backup"], config, server)).toMatchObject({ code: 0 });
  expect(await flywheel(["restore-drill", "--identity", key.file], config, server)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("serial 5"),
  });
}, 180_000);
