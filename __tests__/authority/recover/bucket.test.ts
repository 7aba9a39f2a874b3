import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { raiseGeneration } from "../../../authority/ledger/generation";
import { S3Store } from "../../../authority/stores/s3";
import { startMinio } from "../../../lab/s3/minio";
import { type S3Server } from "../../../lab/s3/s3-server";
import { configuration, flywheel, keyPair, putState, stateBytes, stateKey } from "../backup/support";
import { temporaryFolder, writeFiles } from "../../lib/config/support";
import { findEngine } from "../../support/engines";
import { cutOff, newGate, placeOfStore, s3Backend, waitsFor } from "./lost";
import { runChild } from "../../stacks/synth/child";

/** As recover.test.ts, where the bucket itself goes away; and with `state.backup`, so that what is replaced is kept there too. */
it("puts back what an engine could not write into a bucket that was out; a checkout from before a cutover may not", async () => {
  const place = await placeOfStore();
  let server: S3Server = await startMinio(place);
  try {
    const target = temporaryFolder();
    const key = await keyPair();
    const config = configuration(server, `{directory: ${target}}`, [key.recipient]);
    await putState(server, stateBytes(3));
    const folder = join(config, "cdktf.out", "stacks", "arc-runners");
    mkdirSync(folder, { recursive: true });
    const gate = newGate();
    writeFiles(folder, {
      "main.tf": [
        s3Backend(server, stateKey),
        `resource "terraform_data" "one" {\n  input = "one"\n  ${waitsFor(gate)}\n}`,
        "",
      ].join("\n"),
    });
    const engine = (...args: string[]) =>
      runChild(findEngine().path, args, {
        cwd: folder,
        env: { ...server.environment, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
      });
    expect(await engine("init", "-no-color")).toMatchObject({ code: 0 });
    await cutOff(gate, engine("apply", "-auto-approve", "-no-color"), () => server.stop());

    const out = await flywheel(["recover", "arc-runners"], config, server);
    expect(out).toMatchObject({ code: 1, stderr: expect.stringContaining("ECONNREFUSED") });
    server = await startMinio(place);
    const locked = await flywheel(["recover", "arc-runners"], config, server);
    const lockId = /unlock arc-runners ([0-9a-f-]{36})/.exec(locked.stderr)?.[1] ?? "";
    expect(await flywheel(["unlock", "arc-runners", lockId], config, server)).toMatchObject({ code: 0 });
    expect(await flywheel(["recover", "arc-runners"], config, server)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("and backed it up: arc-runners-dev/3-"),
      stdout: expect.stringContaining("before it was 3"),
    });
    expect(await flywheel(["restore-drill", "--identity", key.file], config, server)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("find: serial 3"),
    });
    expect(await flywheel(["recover", "arc-runners"], config, server)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("nothing to do"),
    });

    const store = new S3Store({ ...server, skipS3Checksum: false, environment: server.environment });
    await raiseGeneration(store, stateKey, {
      generation: 2,
      backend: "http",
      location: "https://state.example.org/state/arc-runners-dev",
      at: "2026-04-16T09:12:00Z",
    });
    store.close();
    for (const command of [["recover", "arc-runners"], ["backup"]]) {
      expect(await flywheel([...command, "--json"], config, server)).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/"stale-checkout"[\s\S]*from before the cutover of 2026-04-16/),
      });
    }
  } finally {
    await server.stop();
  }
}, 300_000);
