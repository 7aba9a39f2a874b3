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

  it("lands after another one where it still does the very same, and not otherwise", async () => {
    const { folder, identity, flywheel, settings, other } = await open(findEngine().path);
    expect(await flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({ code: 0 });
    const at = (name: string) => join(folder, `${name}.flyplan`);
    const [one, two] = ["docker_max_runners: 7\n", "nix_max_runners: 5\n"];
    // Two pull requests, each planned on its own branch.
    settings(one);
    expect(await flywheel("plan", "arc-runners", "--out", at("one"))).toMatchObject({ code: 0 });
    settings(two);
    expect(await other().flywheel("plan", "arc-runners", "--out", at("two"))).toMatchObject({ code: 0 });
    const apply = (name: string, ...more: readonly string[]) =>
      other().flywheel("apply", at(name), "--identity", identity, "--auto-approve", ...more);
    settings(one);
    expect(await apply("one")).toMatchObject({ code: 0 });
    settings(one + two);
    expect(await apply("two")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the state moved: .*"serial":1.* now/),
    });
    expect(await apply("two", "--if-equal")).toMatchObject({ code: 0, stderr: expect.stringMatching(/an empty plan/) });
  });
});
