import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../../lib/root";
import { minio } from "../../../tools/catalogue";
import { builtTool } from "../../../tools/tool";
import { findEngine } from "../../support/engines";
import { markedProcesses } from "../../support/marked-processes";

jest.setTimeout(3 * 60_000);

// The demo would build it.
beforeAll(() => builtTool(minio));

// /proc is how it looks for processes.
(process.platform === "linux" ? describe : describe.skip)("the demo", () => {
  it.each([
    ["SIGINT", 130, /Act 2/],
    ["SIGTERM", 143, /listening on/],
  ] as const)("leaves no process and no folder behind after %s, with exit code %d", async (signal, exitCode, at) => {
    const temporary = mkdtempSync(join(tmpdir(), "demo-test-"));
    try {
      const child = spawn(process.execPath, [join(repositoryRoot, "bin", "demo.cjs")], {
        env: { ...process.env, TMPDIR: temporary, FLYWHEEL_ENGINE: findEngine().path },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      let sent = false;
      const look = (chunk: unknown) => {
        said += String(chunk);
        if (!sent && at.test(said)) sent = child.kill(signal);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      const code = await new Promise((resolve) => child.once("close", resolve));
      expect([code, said]).toEqual([exitCode, expect.stringContaining(`stopped by ${signal}`)]);
      expect(markedProcesses(`TMPDIR=${temporary}`)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
});
