import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type LedgerEntry, parseLedger, readLedger } from "../../../lib/config/ledger";
import { withEntry, writeLedgerEntry } from "../../../lib/config/ledger-file";
import { UserError } from "../../../lib/errors";
import { writeFileAtomically } from "../../../lib/files";
import { configFolder, relativeTo, temporaryFolder } from "./support";

const entry = (change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  stack: "attic",
  environment: "dev",
  backend: "http",
  location: "https://state.example.org/state/attic-dev",
  lineage: "3f0c",
  serial: 7,
  sha256: "a".repeat(64),
  at: "2026-04-16T09:12:00.000Z",
  generation: 1,
  ...change,
});
const text = (...entries: readonly LedgerEntry[]) =>
  entries.reduce((ledger, each) => withEntry("l", ledger, each), "states: []\n");
const parsed = (ledger: string) => [...parseLedger("l", ledger).ledger.entries.values()];

describe("the ledger", () => {
  it("without a file is empty", () => {
    expect(readLedger("/nowhere/state-ledger.yaml")).toEqual({
      ledger: { file: "/nowhere/state-ledger.yaml", entries: new Map() },
      problems: [],
    });
  });

  it.each(["", "# only a comment\n", "states:\n", "states: []\n"])("may say nothing: %j", (ledger) => {
    expect(parseLedger("l", ledger)).toMatchObject({ problems: [], ledger: { entries: new Map() } });
  });

  it("keeps the block of a stack that is gone", () => {
    expect(parseLedger("l", text(entry({ stack: "removed-stack" }))).problems).toEqual([]);
  });

  it.each([
    ["<<<<<<< HEAD", "\n"],
    ["=======", "\n"],
    [">>>>>>> theirs", "\n"],
    ["||||||| base", "\n"],
    ["<<<<<<< HEAD", "\r\n"],
  ])("with the conflict marker %j is refused with the repair", (marker, end) => {
    const ledger = ["states:", marker, "  - {stack: attic}"].join(end);
    expect(parseLedger("l", ledger).problems).toMatchObject([
      { code: "ledger-conflict", file: "l", line: 2, remedy: expect.stringContaining("higher generation") },
    ]);
  });

  it("with two entries for one state is refused with the repair", () => {
    const one = text(entry());
    const { problems } = parseLedger("l", one + one.replace("states:\n", "").replace("generation: 1", "generation: 2"));
    expect(problems).toMatchObject([
      {
        code: "ledger-double-entry",
        file: "l",
        line: 11,
        key: "attic-dev",
        remedy: expect.stringContaining("register attic-dev --repair"),
      },
    ]);
  });

  it.each([
    ["states.0.backend", "backend: http", "backend: htp", 'did you mean "http"?'],
    ["states.0.serial", "serial: 7", "serial: -1", "from 0"],
    ["states.0.serial", "serial: 7", 'serial: "7"', "a number"],
    ["states.0.sha256", `sha256: ${"a".repeat(64)}`, "sha256: abc", "64 hexadecimal digits"],
    ["states.0.generation", "generation: 1", "generation: 0", "from 1"],
    ["states.0.generatoin", "generation: 1", "generation: 1\n    generatoin: 2", 'did you mean "generation"?'],
    ["states.0.lineage", "lineage: 3f0c", "lineage:", "a text"],
    ["stats", "states:", "stats: []\nstates:", 'did you mean "states"?'],
  ])("is refused at %s", (key, right, wrong, expected) => {
    const ledger = text(entry()).replace(right, wrong);
    const line =
      ledger.split("\n").findIndex((row) => row.includes(wrong.split("\n").at(key === "stats" ? 0 : -1) ?? "")) + 1;
    expect(parseLedger("l", ledger).problems).toMatchObject([
      { code: "invalid-ledger", file: "l", key, line, expected: expect.stringContaining(expected) },
    ]);
  });

  it.each(["- a\n", "42\n"])("that is no mapping is refused: %j", (ledger) => {
    expect(parseLedger("l", ledger).problems).toMatchObject([
      { code: "invalid-ledger", what: expect.stringContaining("the file is") },
    ]);
  });
});

describe("an entry put into the ledger", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
  const printable = fc.string({ minLength: 1, maxLength: 60, unit: "binary" });
  const anyEntry: fc.Arbitrary<LedgerEntry> = fc.record({
    stack: name,
    environment: name,
    backend: fc.constantFrom("http", "s3"),
    location: printable,
    lineage: printable,
    serial: fc.nat(),
    sha256: fc.oneof(fc.constant("new"), fc.stringMatching(/^[0-9]{64}$/), fc.stringMatching(/^[0-9a-f]{64}$/)),
    at: printable,
    generation: fc.integer({ min: 1, max: 1e9 }),
  });

  it("is read back as it was, beside the others, in the order of names", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyEntry, { selector: (each) => `${each.stack}-${each.environment}`, maxLength: 6 }),
        (entries) => {
          const names = parsed(text(...entries)).map((each) => `${each.stack}-${each.environment}`);
          expect(names).toEqual([...names].sort((a, b) => (a < b ? -1 : 1)));
          expect(new Set(parsed(text(...entries)))).toEqual(new Set(entries));
        },
      ),
    );
  });

  it("again changes nothing", () => {
    fc.assert(
      fc.property(anyEntry, anyEntry, (one, other) =>
        expect(withEntry("l", text(one, other), other)).toBe(text(one, other)),
      ),
    );
  });

  it("takes the place of the one for its state", () => {
    expect(parsed(text(entry(), entry({ environment: "prod" }), entry({ serial: 8, generation: 2 })))).toEqual([
      entry({ serial: 8, generation: 2 }),
      entry({ environment: "prod" }),
    ]);
  });

  const commented = [
    "# reviewed by ann",
    "states:",
    "  # attic moved on Thursday",
    ...text(entry({ stack: "b" }))
      .split("\n")
      .slice(1, -1)
      .map((line) => (line.includes("serial") ? `${line} # a floor` : line)),
    "# the end",
    "",
  ].join("\n");

  it("keeps every comment when it replaces", () => {
    const replaced = withEntry("l", commented, entry({ stack: "b", serial: 9 }));
    for (const comment of [
      "# reviewed by ann\nstates:",
      "  # attic moved on Thursday\n  - stack: b",
      "serial: 9 # a floor",
      "# the end",
    ])
      expect(replaced).toContain(comment);
  });

  it("leaves a block its comment when it comes before it", () => {
    const added = withEntry("l", commented, entry({ stack: "a" }));
    expect(added).toContain("states:\n  - stack: a");
    expect(added).toContain("  # attic moved on Thursday\n  - stack: b");
  });

  it("is not put into what is no ledger", () => {
    expect(() => withEntry("l", "states: [\n", entry())).toThrow(UserError);
    expect(relativeTo("", () => withEntry("l", "<<<<<<< HEAD\n", entry()))).toMatchObject([
      { code: "ledger-conflict" },
    ]);
  });
});

describe("the ledger's file", () => {
  it("is made where there is none, and says who writes it", () => {
    const file = join(temporaryFolder(), "state-ledger.yaml");
    writeLedgerEntry(file, entry());
    expect(readFileSync(file, "utf8")).toMatch(/^# .*flywheel register.*\nstates:\n {2}- stack: attic\n/);
    expect(readLedger(file).ledger.entries.get("attic-dev")).toEqual(entry());
  });

  it("stays whole where it cannot be written, and nothing is left beside it", () => {
    const folder = configFolder({ "state-ledger.yaml/in-the-way": "" });
    const file = join(folder, "state-ledger.yaml");
    expect(relativeTo(folder, () => writeFileAtomically(file, "new"))).toMatchObject([
      { code: "not-written", file: "state-ledger.yaml" },
    ]);
    expect(readdirSync(folder)).toEqual(["state-ledger.yaml"]);
    expect(existsSync(join(file, "in-the-way"))).toBe(true);
  });

  it("that is a link stays one", () => {
    const folder = configFolder({ "private/ledger.yaml": "states: []\n" });
    mkdirSync(join(folder, "config"));
    const file = join(folder, "config/state-ledger.yaml");
    symlinkSync("../private/ledger.yaml", file);
    writeLedgerEntry(file, entry());
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, "private"))).toEqual(["ledger.yaml"]);
    expect(readLedger(join(folder, "private/ledger.yaml")).ledger.entries.size).toBe(1);
  });

  it("gets the mode that is asked for, whatever the old one had", () => {
    const folder = configFolder({ "plan.json": "old" });
    chmodSync(join(folder, "plan.json"), 0o644);
    writeFileAtomically(join(folder, "plan.json"), "secret", 0o600);
    expect(statSync(join(folder, "plan.json")).mode & 0o777).toBe(0o600);
  });
});

describe("a ledger's version", () => {
  const forgotten = { location: "https://state.example.org/attic-dev", at: "2026-04-28T10:00:00Z" };

  it("is written where an older program would not know what is in it, at the top, and stays", () => {
    const before = withEntry(
      "l",
      text(entry()),
      entry({ sealed: { location: forgotten.location, lock: "moved-to:x" } }),
    );
    expect(before).not.toContain("version:");
    const { sealed: _none, ...plain } = entry();
    const after = withEntry("l", before, { ...plain, forgotten });
    expect(after).toMatch(/^version: 2$/m);
    expect(after.indexOf("version: 2")).toBeLessThan(after.indexOf("states:"));
    expect(after).not.toContain("sealed:");
    expect(parseLedger("l", after).ledger.entries.get("attic-dev")).toMatchObject({ forgotten });
    expect(withEntry("l", after, entry({ environment: "prod" }))).toMatch(/^version: 2$/m);
    // Left again: it is looked at again.
    expect(withEntry("l", after, entry({ sealed: { location: "s3://b/k", lock: "l" } }))).not.toContain("forgotten:");
  });

  it("is 2 from the first stack on that was destroyed, and what begins anew has not ended", () => {
    const ended = withEntry("l", text(entry()), entry({ ended: "2026-04-28T10:00:00Z" }));
    expect(ended).toMatch(/^version: 2$/m);
    expect(parseLedger("l", ended)).toMatchObject({ problems: [] });
    expect(parsed(ended)).toMatchObject([{ ended: "2026-04-28T10:00:00Z" }]);
    expect(withEntry("l", ended, entry())).not.toContain("ended:");
  });

  it("that is newer than this program is refused in words", () => {
    expect(parseLedger("l", `version: 3\nstates: []\nmore: 1\n`).problems).toEqual([
      expect.objectContaining({
        code: "ledger-newer",
        line: 1,
        what: expect.stringMatching(/version 3.*knows version 2/),
      }),
    ]);
    expect(parseLedger("l", "version: two\nstates: []\n").problems).toEqual([
      expect.objectContaining({ code: "invalid-ledger" }),
    ]);
  });
});
