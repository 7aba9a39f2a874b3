import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { S3Store } from "../../../authority/stores/s3";
import { readLedger } from "../../../lib/config/ledger";
import { repositoryRoot } from "../../../lib/root";
import { startMinio } from "../../../lab/s3/minio";
import { temporaryFolder } from "../../lib/config/support";
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
  stateKey,
} from "./support";

const page = readFileSync(join(repositoryRoot, "docs", "honey-is-gone.md"), "utf8");
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);

/** The repository as a fresh clone has it: everything but configuration, by links. */
function clone(config: string): string {
  const folder = temporaryFolder();
  for (const name of readdirSync(repositoryRoot)) {
    if (name !== "config" && name !== ".git" && name !== "cdktf.out")
      symlinkSync(join(repositoryRoot, name), join(folder, name));
  }
  symlinkSync(config, join(folder, "config"));
  return folder;
}

it("docs/honey-is-gone.md, block by block as it stands: from a backup and a key to a new bucket", async () => {
  expect(blocks).toHaveLength(6);
  const [backup, home, key] = [temporaryFolder(), temporaryFolder(), await keyPair()];
  const honey = await startMinio();
  const config = configuration(honey, `{directory: ${backup}}`, [key.recipient], 3);
  try {
    await putState(honey, stateBytes(3));
    expect(await flywheel(["backup"], config, honey)).toMatchObject({ code: 0 });
  } finally {
    // Never to be seen again, with all that it had.
    await honey.stop();
  }
  expect(leaks(backup)).toEqual([]);

  const fresh = await startMinio({ bucket: "tofu-state-new" });
  try {
    const script = join(temporaryFolder(), "page.sh");
    // What a person has beside the page: where the backups and the key are, which stacks there were, the new bucket.
    const given = [`trap 'kill "$SERVER" 2>/dev/null' EXIT`, "set -e"].join("\n");
    writeFileSync(script, `${given}\n${blocks.join("\n")}`);
    const env = {
      HOME: home,
      BACKUP: backup,
      KEY: key.file,
      IDS: "arc-runners",
      NEW_ENDPOINT: fresh.endpoint,
      NEW_BUCKET: fresh.bucket,
      ...fresh.environment,
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
    };
    mkdirSync(join(home, ".npm"));
    const { code, stdout, stderr } = await runChild("bash", [script], { cwd: clone(config), env });
    expect({ code, stderr: code === 0 ? "" : stderr + stdout }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/restored: arc-runners[\s\S]*ready\n[\s\S]*the same before and after/);

    const store = new S3Store({ ...fresh, skipS3Checksum: false, environment: fresh.environment });
    expect((await store.read(stateKey))?.bytes.equals(stateBytes(3))).toBe(true);
    store.close();
    const { ledger } = readLedger(join(home, "rescue", "config", "state-ledger.yaml"));
    expect(ledger.entries.get("arc-runners-dev")).toMatchObject({
      backend: "s3",
      location: `s3://tofu-state-new/${stateKey}`,
      lineage,
      serial: 3,
      generation: 2,
    });
    // In clear it was only where the page says, and for its owner alone.
    const clear = leaks(home);
    expect(clear.every((file) => file.startsWith(join(home, "rescue", "states")))).toBe(true);
    expect([...new Set(clear.map(modeOf))]).toEqual([0o600]);
    expect(filesIn(join(home, "rescue")).length).toBeGreaterThan(0);
  } finally {
    await fresh.stop();
  }
}, 300_000);
