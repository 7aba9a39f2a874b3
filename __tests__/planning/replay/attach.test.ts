import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { runReplay, withReplay } from "../../../planning/replay/attach";
import { UserError } from "../../../lib/errors";

describe("withReplay", () => {
  it("gives an environment that reaches the replay and no cluster", async () => {
    const env = await withReplay(async (given) => {
      expect(readFileSync(given["KUBECONFIG"] ?? "", "utf8")).toContain("clusters: []");
      return given;
    });
    expect(env["FLYWHEEL_REPLAY"]).toBe("1");
    expect(env["KUBE_CONFIG_PATH"]).toBe(env["KUBECONFIG"]);
    expect(env["TF_REATTACH_PROVIDERS"]).toContain("hashicorp/random");
  });

  it("cleans up when the work fails", async () => {
    let folder = "";
    const failing = withReplay(async (env) => {
      folder = dirname(env["KUBECONFIG"] ?? "");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(folder).not.toBe("");
    expect(existsSync(folder)).toBe(false);
  });
});

describe("runReplay", () => {
  const script = (code: string): string[] => [process.execPath, "-e", code];
  let said: jest.SpyInstance;
  beforeEach(() => {
    said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  });
  afterEach(() => said.mockRestore());

  it("says that it is a replay and passes the command's exit code on", async () => {
    expect(await runReplay(script("process.exit(process.env.FLYWHEEL_REPLAY === '1' ? 7 : 1)"), process.cwd())).toBe(7);
    expect(said.mock.calls.join("")).toContain("nothing outside the state is changed");
    expect(said).toHaveBeenCalledTimes(1);
  });

  it("returns 130 for an interrupted command", async () => {
    expect(
      await runReplay(script("process.kill(process.pid, 'SIGINT'); setTimeout(() => {}, 1000)"), process.cwd()),
    ).toBe(130);
  });

  it("refuses what cannot be run", async () => {
    await expect(runReplay([], process.cwd())).rejects.toThrow(UserError);
    await expect(runReplay(["./no-such-engine"], process.cwd())).rejects.toThrow("cannot run ./no-such-engine");
  });
});
