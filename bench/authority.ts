import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTemporaryFolder } from "../lib/files";
import { repositoryRoot } from "../lib/root";
import { startMinio } from "../lab/s3/minio";
import { type S3Server } from "../lab/s3/s3-server";
import { fill, load, type LoadTarget, memoryOver, startRival } from "./load";
import { measure, median } from "./measure";
import { accessTo, authorization, startServe, writeOrganization } from "./serve";
import { processorSeconds } from "./processor";
import { inTurns, stateOf, throughServer, throughStore } from "./ways";
import { traceOf } from "../lib/errors";

const requests = 10_000;

/** Measures what the state server adds to its store, the time of a check, and the server's memory over many requests. */
async function bench(): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const bucket = await startMinio();
    try {
      const config = configure(folder, bucket);
      const server = await startServe(config, bucket);
      try {
        const [direct, served] = await inTurns([
          await throughStore(bucket),
          await throughServer(`${server.url}/state/arc-runners-dev`, authorization),
        ]);
        const check = await measure(
          {
            name: "check",
            program: process.execPath,
            args: [join(repositoryRoot, "bin", "flywheel"), "check", "arc-runners"],
            cwd: folder,
            env: { ...accessTo(bucket), FLYWHEEL_CONFIG_DIR: config },
          },
          5,
        );
        const compared = await underLoad({ address: `${server.url}/state/arc-runners-dev`, pid: server.pid }, bucket);
        const row = (name: string, a = NaN, b = NaN) =>
          `${name.padEnd(24)} ${a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)} ${(b / a).toFixed(2).padStart(7)}`;
        process.stdout.write(
          [
            `${"1 MiB state, median ms".padEnd(24)} ${"store".padStart(9)} ${"server".padStart(9)} ${"ratio".padStart(7)}`,
            row("read", direct?.read, served?.read),
            row("write", direct?.write, served?.write),
            `${"check, 1 stack".padEnd(24)} ${(check.seconds * 1000).toFixed(0).padStart(9)} ms, the start of Node in it`,
            ...compared,
            "",
          ].join("\n"),
        );
      } finally {
        await server.stop();
      }
    } finally {
      await bucket.stop();
    }
  });
}

function configure(folder: string, bucket: S3Server): string {
  const config = join(folder, "config");
  mkdirSync(join(config, "environments", "dev"), { recursive: true });
  writeFileSync(
    join(config, "environments", "dev", "arc-runners.yaml"),
    "github_config_url: https://github.com/tinyland-inc\n",
  );
  writeOrganization(config, bucket, ["dev"]);
  return config;
}

/** Both servers over one bucket, in turns: the rival's figures are the baseline where there is one. */
async function underLoad(ours: LoadTarget, bucket: S3Server): Promise<readonly string[]> {
  const rival = await startRival(bucket);
  try {
    const bytes = stateOf(1000);
    const targets = [ours, ...(rival === undefined ? [] : [rival])];
    for (const target of targets) await fill(target, bytes);
    const rows: string[] = [];
    const cells = (name: string, [own = NaN, other = NaN]: readonly (number | undefined)[], unit: string) =>
      `${name.padEnd(36)} ${own.toFixed(2).padStart(9)} ${other.toFixed(2).padStart(9)} ${(own / other).toFixed(2).padStart(7)}   ${unit}`;
    for (const [name, readers, lockers] of [
      ["16 readers", 16, 0],
      ["10 readers, 6 lockers", 10, 6],
      ["16 on one lock", 0, 16],
    ] as const) {
      const perSecond: number[][] = targets.map(() => []);
      const reads: number[][] = targets.map(() => []);
      const refused: number[][] = targets.map(() => []);
      const broken: number[] = targets.map(() => 0);
      const used: number[] = targets.map(() => 0);
      const answered: number[] = targets.map(() => 0);
      for (let turn = 0; turn < 3; turn += 1)
        for (const [index, target] of targets.entries()) {
          const before = processorSeconds(target.pid) + processorSeconds(bucket.pid);
          const result = await load(target, { readers, lockers, seconds: 3, size: bytes.length });
          const after = processorSeconds(target.pid) + processorSeconds(bucket.pid);
          used[index] = (used[index] ?? 0) + after - before;
          answered[index] = (answered[index] ?? 0) + result.answers;
          perSecond[index]?.push(result.perSecond);
          reads[index]?.push(result.readsPerSecond);
          broken[index] = (broken[index] ?? 0) + result.broken;
          if (result.refusedMedian !== undefined) refused[index]?.push(result.refusedMedian);
        }
      const reset = broken.some((count) => count > 0) ? `; broken off: ${broken.join(" and ")}` : "";
      rows.push(cells(name, perSecond.map(median), `answers a second${reset}`));
      if (readers > 0 && lockers > 0) rows.push(cells("  reads among them", reads.map(median), "a second"));
      const each = used.map((seconds, index) => (seconds * 1000) / (answered[index] ?? NaN));
      rows.push(cells("  processor of server and store", each, "ms an answer"));
      if (lockers > 0) rows.push(cells("  median of a 423", refused.map(median), "ms"));
    }
    const { before, after } = await memoryOver(ours, requests);
    rows.push(
      `${`${requests} reads`.padEnd(36)} ${before.toFixed(0).padStart(9)} ${after.toFixed(0).padStart(9)} ${(after / before).toFixed(2).padStart(7)}   MiB resident, before and after`,
    );
    const other = rival === undefined ? "-" : "nimbolus";
    return [
      `${"1 MiB state, over MinIO".padEnd(36)} ${"ours".padStart(9)} ${other.padStart(9)} ${"ratio".padStart(7)}`,
      ...rows,
    ];
  } finally {
    await rival?.stop();
  }
}

bench().catch((error: unknown) => {
  process.stderr.write(`${traceOf(error)}\n`);
  process.exitCode = 1;
});
