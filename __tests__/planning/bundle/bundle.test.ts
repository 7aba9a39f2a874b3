import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readReceipt } from "../../../planning/bundle/receipt";
import { findEngine } from "../../support/engines";
import { canary, rooms } from "./room";

jest.setTimeout(6 * 60_000);
const open = rooms();

describe("a bundle", () => {
  it("is applied as it was reviewed, on another machine, once", async () => {
    const { folder, identity, flywheel, other } = await open(findEngine().path);
    const bundle = join(folder, "arc.flyplan");
    const planned = await flywheel("plan", "arc-runners", "--out", bundle);
    expect(planned).toMatchObject({ code: 0 });
    const { receipt } = readReceipt(join(folder, "arc.receipt.json"));
    expect(receipt.changes).toContainEqual(
      expect.objectContaining({ address: "helm_release.controller", action: "add" }),
    );
    expect(receipt).toMatchObject({ id: "arc-runners", state: null, generation: 0, drift: [] });
    expect(statSync(bundle).mode & 0o777).toBe(0o600);
    expect(readFileSync(bundle, "latin1") + readFileSync(join(folder, "arc.receipt.json"), "utf8")).not.toContain(
      canary,
    );

    const colleague = other();
    const applied = await colleague.flywheel("apply", bundle, "--identity", identity, "--auto-approve");
    expect(applied).toMatchObject({ code: 0, stderr: expect.stringMatching(/read-back: serial \d+, an empty plan/) });
    expect(applied.stdout + applied.stderr).not.toContain(canary);

    const again = await flywheel("apply", bundle, "--identity", identity, "--auto-approve");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/submitted before by .*: applied/) });
  });
});
