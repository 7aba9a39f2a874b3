import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../lib/root";
import { temporaryFolder } from "../authority/support";
import { comparable, isAsShown } from "./compare";
import { Lab } from "./lab";
import { type Step, stepsOf, withOutputs } from "./page";
import { happen, scenes } from "./scenes";
import { Session } from "./session";

/**
 * Every command of a page, as written, in a lab: the long profile. `FLYWHEEL_LONG=1 npx jest __tests__/docs -t start.md`. With
 * FLYWHEEL_DOCS=write the pages get what was printed, to be read before it is committed.
 */
jest.setTimeout(20 * 60_000);

const isLong = process.env["FLYWHEEL_LONG"] === "1";
const isWriting = process.env["FLYWHEEL_DOCS"] === "write";

(isLong ? describe : describe.skip)("every command of a page prints what the page shows", () => {
  it.each(Object.entries(scenes))("%s", async (page, scene) => {
    const file = join(repositoryRoot, page);
    const markdown = readFileSync(file, "utf8");
    const printed = new Map<Step, string>();
    const wrong: string[] = [];
    const root = temporaryFolder();
    const lab = await Lab.start(root);
    let session: Session | undefined;
    try {
      await scene.world(lab);
      if (scene.folder !== undefined) lab.folder = join(lab.home, scene.folder);
      await happen(lab, scene.before);
      mkdirSync(join(root, "scripts"));
      session = new Session(join(root, "scripts"), lab.folder, lab.environment);
      let heading: string | undefined;
      for (const step of stepsOf(markdown)) {
        if (step.heading !== heading) await happen(lab, scene.at?.[step.heading]);
        heading = step.heading;
        if (step.notRun !== undefined) {
          await lab.standIn(step.notRun);
          continue;
        }
        const ran = await session.run(await lab.here(step.command), 600);
        const output = lab.shown(ran.output);
        const where = `${page}:${step.line}: ${step.command}`;
        if (ran.exitCode !== step.exitCode) {
          wrong.push(
            `${where}\nexit code ${ran.exitCode}, the page says ${step.exitCode}:\n${output.split("\n").slice(-30).join("\n")}`,
          );
          if (!isWriting) break;
        }
        if (step.output === undefined || isAsShown(step.output.text, output)) continue;
        printed.set(step, output);
        if (!isWriting)
          wrong.push(`${where}\nprints:\n${comparable(output)}\nthe page shows:\n${comparable(step.output.text)}`);
      }
    } finally {
      session?.end();
      await lab.stop();
      if (isWriting) writeFileSync(file, withOutputs(markdown, printed));
    }
    if (wrong.length > 0) throw new Error(`\n${wrong.join("\n\n")}`);
  });
});
