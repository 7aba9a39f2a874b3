import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { readReceipt } from "../../../planning/bundle/receipt";
import { findEngine } from "../../support/engines";
import { rooms } from "./room";

/** A destroy that somebody reviews: the bundle says that it is one, and is held to all that `flywheel destroy` is. */
jest.setTimeout(6 * 60_000);
const open = rooms();

interface Told {
  readonly problems?: readonly { readonly code: string }[];
}

/** The codes of what was refused, each once. */
const codesOf = ({ stdout }: { readonly stdout: string }) => [
  ...new Set((JSON.parse(stdout) as Told).problems?.map(({ code }) => code) ?? []),
];

it("is planned, reviewed, held to scope and name, applied once, and ends the ledger entry where it is applied", async () => {
  const { folder, identity, flywheel, clone, other } = await open(findEngine().path);
  const [bundle, receiptFile] = [join(folder, "end.flyplan"), join(folder, "end.receipt.json")];
  const plan = () => flywheel("plan", "arc-runners", "--destroy", "--out", bundle, "--json");
  const ofStack = ["--stack", "arc-runners"];
  const apply = (...more: readonly string[]) =>
    flywheel("apply", bundle, "--identity", identity, "--auto-approve", "--json", ...more);
  expect(await flywheel("apply", "arc-runners", "--auto-approve")).toMatchObject({ code: 0 });
  expect(await flywheel("register", "arc-runners", "--repair")).toMatchObject({ code: 0 });

  expect(await plan()).toMatchObject({ code: 0 });
  const { receipt } = readReceipt(receiptFile);
  expect(receipt).toMatchObject({ destroy: true, outputs: expect.any(Array) as unknown });
  expect(new Set(receipt.changes.map(({ action }) => action))).toEqual(new Set(["destroy"]));

  // Named, admitted, not frozen, approved: each is asked for.
  expect(await apply()).toMatchObject({ code: 2 });
  expect(codesOf(await apply(...ofStack))).toEqual(["outside-scope"]);
  mkdirSync(join(clone.config, "scopes"), { recursive: true });
  expect(await flywheel("scope", receiptFile, "--write")).toMatchObject({ code: 0 });
  const receiptText = readFileSync(receiptFile, "utf8");
  writeFileSync(receiptFile, receiptText.replace('  "destroy": true,\n', ""));
  expect(codesOf(await apply(...ofStack))).toEqual(["plan-differs"]);
  writeFileSync(receiptFile, receiptText);
  expect(await flywheel("freeze", "arc-runners", "--why", "not today")).toMatchObject({ code: 0 });
  expect(codesOf(await apply(...ofStack))).toEqual(["frozen"]);
  expect(await flywheel("thaw", "arc-runners")).toMatchObject({ code: 0 });
  expect(codesOf(await apply(...ofStack, "--require", "approval"))).toEqual(["not-approved"]);

  const colleague = other();
  const applied = await apply(...ofStack);
  expect(applied).toMatchObject({ code: 0, stderr: expect.stringMatching(/read-back: serial \d+, an empty plan/) });
  expect(JSON.parse(applied.stdout)).toMatchObject({
    ok: true,
    bundle: receipt.bundle,
    destroyed: receipt.changes.map(({ address }) => address),
    lock: null,
    ledger: { entry: { stack: "arc-runners", ended: expect.stringMatching(/^20/) as unknown } },
  });

  // Where it was applied elsewhere, a checkout ends its own entry, with nothing to plan and nobody's approval to ask for.
  writeFileSync(clone.ledgerFile, readFileSync(clone.ledgerFile, "utf8").replace(/ +ended: .*\n/, ""));
  const required = parseDocument(clone.organization);
  required.setIn(["state", "require"], ["approval"]);
  writeFileSync(clone.organizationFile, required.toString());
  const ended = await colleague.flywheel("destroy", "arc-runners", "--auto-approve", "--confirm", "arc-runners");
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing was left to destroy") });
  expect(readFileSync(clone.ledgerFile, "utf8")).toMatch(/ ended: /);
});
