import { Command, CommanderError } from "commander";
import { outliveReaders } from "../lib/child";
import { UnhealthyError, UsageError, UserError } from "../lib/errors";
import { version } from "../package.json";
import { Interrupted, holdSignals } from "../lib/signals";
import { addEveryDay } from "./groups/every-day";
import { addInCi } from "./groups/in-ci";
import { addLab } from "./groups/in-the-lab";
import { addMovingState } from "./groups/moving-state";
import { addWhenItBreaks } from "./groups/when-it-breaks";
import { note, printJson } from "./terminal";
import { interruptedBy, wrongUsage, internal } from "../lib/refusals";

function program(): Command {
  const flywheel = new Command("flywheel")
    .description(
      "Four infrastructure stacks as one CDKTF program, and the state under them.\nConfiguration comes from FLYWHEEL_CONFIG_DIR, or from ./config.",
    )
    .version(`flywheel ${version}`, "--version", "print the version")
    .showHelpAfterError("(flywheel --help lists the commands)")
    .enablePositionalOptions()
    .helpCommand(false)
    .exitOverride();
  addEveryDay(flywheel);
  addMovingState(flywheel);
  addWhenItBreaks(flywheel);
  addInCi(flywheel);
  addLab(flywheel);
  return flywheel;
}

async function main(args: readonly string[]): Promise<void> {
  outliveReaders();
  holdSignals();
  try {
    await program().parseAsync([...args], { from: "user" });
  } catch (error) {
    process.exitCode = report(error, args.includes("--json"));
  }
}

/** Tells the operator, and returns the exit code: 1 refused or failed, 2 usage, 3 done but unhealthy, 128+n after a signal. */
function report(error: unknown, json: boolean): number {
  if (error instanceof Interrupted) {
    note(error.message);
    if (json) printJson({ ok: false, problems: [interruptedBy(error.message)] });
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (json) printJson({ ok: false, problems: [wrongUsage(error.message)] });
    return 2;
  }
  if (error instanceof UserError) {
    note(error.message);
    if (json) printJson({ ok: false, problems: error.problems });
    if (error instanceof UsageError) return 2;
    return error instanceof UnhealthyError ? 3 : 1;
  }
  if (json)
    printJson({
      ok: false,
      problems: [internal(error)],
    });
  note(
    error instanceof Error ? `This is a mistake of ours, not yours:\n${error.stack ?? error.message}` : String(error),
  );
  return 1;
}

void main(process.argv.slice(2));
