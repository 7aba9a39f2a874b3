import { type Command } from "commander";
import { example } from "./example";

const group = "The lab:";

/** The commands of the lab. */
export function addLab(flywheel: Command): void {
  flywheel
    .command("replay")
    .helpGroup(group)
    .summary("run an engine's command with replayed providers")
    .description(
      "Attaches provider replay to the command, in any folder with Terraform or OpenTofu code. docs/replay.md says what it can tell.",
    )
    .argument("<command...>", "the engine's command, after --")
    .option("--outside <file>", "what a refresh finds changed by hand, which replay cannot see: docs/replay.md")
    .passThroughOptions()
    .addHelpText(
      "after",
      example("flywheel replay -- terraform plan", "flywheel replay --outside drift.yaml -- terraform plan"),
    )
    .action(async (command: string[], { outside }: { outside?: string }) => {
      const { runReplay } = await import("../../planning/replay/attach");
      process.exitCode = await runReplay(command, process.cwd(), outside);
    });
}
