import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { temporaryFolder } from "../authority/support";
import { isAsShown } from "./compare";
import { stepsOf, withOutputs } from "./page";
import { scenes } from "./scenes";
import { Session } from "./session";

const page = [
  "# A page",
  "```sh",
  "echo one",
  "```",
  "prints",
  "```text",
  "one",
  "```",
  "```yaml",
  "a: 1",
  "```",
  "```text",
  "no command's",
  "```",
  "## Then",
  "```sh exits 3",
  "exit 3",
  "```",
  "```sh not run: it needs a cluster",
  "kubectl get nodes",
  "```",
].join("\n");

describe("a page's commands", () => {
  const [first, second, third] = stepsOf(page);

  it("are its sh fences, with the output that follows and their marks", () => {
    expect(first).toEqual({
      line: 2,
      heading: "A page",
      command: "echo one",
      exitCode: 0,
      output: { text: "one", first: 6, end: 7 },
    });
    expect(second).toEqual({ line: 16, heading: "Then", command: "exit 3", exitCode: 3 });
    expect(third).toMatchObject({ notRun: "it needs a cluster" });
    if (first === undefined) throw new Error("unreachable");
    expect(withOutputs(page, new Map([[first, "two\nthree"]]))).toBe(page.replace("\none\n", "\ntwo\nthree\n"));
  });

  it("have no other marks, and end", () => {
    expect(() => stepsOf("```sh skipped\nx\n```")).toThrow("line 1");
    expect(() => stepsOf("\n```sh not run:\nx\n```")).toThrow("line 2");
    expect(() => stepsOf("```sh\nx")).toThrow("not closed");
  });
});

test.each([
  ["locked since 2026-04-16 09:12 UTC", "locked since 2027-01-02 00:00 UTC", true],
  ["serial 7, 0.5 s, sha256 9c2f41d07ab3", "serial 7, 12 s, sha256 0123456789ab", true],
  ["serial 7", "serial 8", false],
  ["ok   lock  12 ms", "ok      lock   1400 ms", true],
  ["on http://127.0.0.1:8080", "on http://127.0.0.1:1234", true],
  ["first\n...\nlast", "first\nlast", true],
  ["first\n...\nlast", "first\na\nb\nlast", true],
  ["first\n...\nlast", "first\na", false],
  ["contract sha256:3f0c...", "contract sha256:9f0c1", false],
  ["contract ...", "contract sha256:9f0c1", true],
  ["", "something", false],
  ["a.b", "axb", false],
])("%j shows %j: %s", (shown, printed, isSo) => {
  expect(isAsShown(shown, printed)).toBe(isSo);
});

test("blocks run in one shell, and the first command that fails is not forgotten", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "home"));
  const session = new Session(folder, join(folder, "home"), { PATH: process.env["PATH"] });
  try {
    expect(await session.run("export A=1; cd /; sleep 60 & echo started")).toEqual({
      exitCode: 0,
      output: "started\n",
    });
    expect(await session.run("echo $A $PWD; echo bad >&2; printf x")).toEqual({ exitCode: 0, output: "1 /\nbad\nx" });
    expect(await session.run("(exit 4)\ntrue")).toMatchObject({ exitCode: 4 });
    expect(await session.run("if false; then true; fi")).toMatchObject({ exitCode: 0 });
    await expect(session.run("exit 1")).rejects.toThrow("the shell ended");
  } finally {
    session.end();
  }
});

/** Pages that another test runs as they stand. */
const runElsewhere: Readonly<Record<string, string>> = {
  "docs/honey-is-gone.md": "__tests__/authority/backup/honey-is-gone.test.ts",
};

/** Pages with commands that no scene runs, and why. */
const notRun: Readonly<Record<string, string>> = {
  "README.md": "a list of what there is; each has a page that is run",
  "docs/bootstrap.md": "it needs a cluster: __tests__/cluster runs what can be run here",
  "docs/ci.md": "what workflows run, beside what is run: __tests__/ci/workflows has their very shell",
  "docs/emergency.md": "not a scene yet: its commands are run by __tests__/planning/bundle",
  "docs/errored-tfstate.md": "a first apply's file, and a CI job's: each needs a world of its own",
  "docs/retire.md": "a reviewed destroy, as CI does it: __tests__/planning/bundle/destroy.test.ts",
  "docs/replay.md": "a drift needs a file of its own: __tests__/planning/replay reads one",
};

/** What stands between fences is no prose. */
function withoutFences(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, "");
}

describe("pages", () => {
  const markdown = (name: string) => readFileSync(join(repositoryRoot, name), "utf8");
  const all = ["README.md", ...readdirSync(join(repositoryRoot, "docs")).map((name) => `docs/${name}`)].filter((name) =>
    name.endsWith(".md"),
  );

  it("that have commands are run, each by its scene or by the test that is named", () => {
    expect([...Object.keys(scenes), ...Object.keys(runElsewhere)].sort()).toEqual(
      all.filter((name) => stepsOf(markdown(name)).length > 0).sort(),
    );
    for (const test of Object.values(runElsewhere)) expect(existsSync(join(repositoryRoot, test))).toBe(true);
  });

  it("have the headings at which something happens in their scene", () => {
    for (const [name, { at = {} }] of Object.entries(scenes)) {
      const headings = stepsOf(markdown(name)).map(({ heading }) => heading);
      expect(headings).toEqual(expect.arrayContaining(Object.keys(at)));
    }
  });

  it("show commands in fences, where they are run; these do not yet, or cannot", () => {
    const command = /^ {4}(?:flywheel|make|npx|node|npm|tofu|terraform|kubectl|git|bin\/engine|export|cp|docker) /m;
    const indented = all.filter((name) => command.test(withoutFences(markdown(name))));
    expect(indented.sort()).toEqual(Object.keys(notRun).sort());
  });

  it("run all their commands but these, which cannot be run here", () => {
    const left = all.flatMap((name) =>
      stepsOf(markdown(name)).flatMap((step) => (step.notRun === undefined ? [] : [`${name}: ${step.notRun}`])),
    );
    expect(left).toEqual([
      "docs/adopt.md: it needs the former stack's folder, and its state",
      "docs/backup.md: sops and age are not this program's",
      "docs/bucket-index-gone.md: kubectl reaches no cluster here",
      "docs/bucket-index-gone.md: it restarts the store",
      "docs/ci.md: it asks the npm registry",
      "docs/contract.md: kubectl reaches no cluster here",
      "docs/deploy.md: __tests__/cli/guard/cdktf-deploy.test.ts runs it",
      "docs/deploy.md: kubectl reaches no cluster here",
      "docs/laptop.md: kubectl reaches no cluster here",
      "docs/leaving.md: it asks the npm registry",
      "docs/migrate.md: it asks the providers' registry",
      "docs/migrate.md: each store has its own way to make and take back keys",
      "docs/rotate.md: each store has its own way to make and take back keys",
      "docs/rotate.md: it needs GitHub",
      "docs/rotate.md: it needs a cluster",
      "docs/secrets.md: sops and age are not this program's",
      "docs/secrets.md: sops and age are not this program's",
      "docs/secrets.md: sops and age are not this program's",
      "docs/simulation.md: it takes 15 to 30 minutes",
      "docs/simulation.md: it takes five minutes",
      "docs/upgrade.md: it asks the providers' registry",
    ]);
  });
});
