import { type Command } from "commander";
import { type RestoreDrillOptions } from "../commands/restore-drill";
import { example } from "./example";

const group = "When it breaks:";

/** The commands for when something broke. */
export function addWhenItBreaks(flywheel: Command): void {
  flywheel
    .command("probe")
    .helpGroup(group)
    .summary("prove that a bucket can lock")
    .description(
      "The locking proof alone, for any S3-compatible server: no configuration, credentials from the environment.",
    )
    .requiredOption("--endpoint <url>", "the server")
    .requiredOption("--bucket <name>", "a bucket in it")
    .option("--region <name>", "its region", "us-east-1")
    .option("--writers <n>", "how many clients race for the lock", "20")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel probe --endpoint https://s3.example.org --bucket tofu-state"))
    .action(async (options: { endpoint: string; bucket: string; region: string; writers: string; json?: true }) =>
      (await import("../commands/probe")).probeCommand(options),
    );

  flywheel
    .command("unlock")
    .helpGroup(group)
    .summary("give back the lock of a client that died")
    .description("Gives back a lock by its ID. A seal and the lock of a running cutover are refused.")
    .argument("<id>", "the stack")
    .argument("<lock-id>", "the lock's ID, as status and the engine print it")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel unlock attic 6f1c0b1e-0f3a-4d2b-9f0e-2f8f6a1c9d11"))
    .action(async (id: string, lockId: string, options: { json?: true }) =>
      (await import("../commands/unlock")).unlockCommand(id, lockId, options),
    );

  flywheel
    .command("reconcile")
    .helpGroup(group)
    .summary("what became of an apply that was cut off")
    .description(
      "Looks at lease, state and a refreshed plan, and ends in: not changed; recorded; not recorded, with the recover command; or stop, with the evidence. docs/emergency.md",
    )
    .argument("<id>", "the stack")
    .option("--accept <outcome>", "not-changed or recorded: a person has looked")
    .option("--why <text>", "with --accept: what was looked at")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example(
        "flywheel reconcile attic",
        'flywheel reconcile attic --accept not-changed --why "the pod was gone before it began"',
      ),
    )
    .action(async (id: string, options: { accept?: string; why?: string; json?: true }) =>
      (await import("../commands/reconcile")).reconcileCommand(id, options),
    );

  flywheel
    .command("freeze")
    .helpGroup(group)
    .summary("hold off every apply, cutover and restore")
    .description("On every machine. The plain engine is bound by none of it but the lock. docs/emergency.md")
    .argument("<id|all>", "the stack, or all of them")
    .requiredOption("--why <text>", "who is stopped reads it")
    .option("--until <time>", "when it ends by itself, such as 2026-12-01T08:00:00Z")
    .addHelpText("after", example('flywheel freeze all --why "the store is moved" --until 2026-12-01T08:00:00Z'))
    .action(async (target: string, options: { why: string; until?: string }) =>
      (await import("../commands/freeze")).freezeCommand(target, options),
    );

  flywheel
    .command("thaw")
    .helpGroup(group)
    .summary("end a freeze")
    .description("Ends the freeze of a stack, or that of all of them.")
    .argument("<id|all>", "what was frozen")
    .addHelpText("after", example("flywheel thaw all"))
    .action(async (target: string) => (await import("../commands/freeze")).thawCommand(target));

  flywheel
    .command("acknowledge")
    .helpGroup(group)
    .summary("say that you have seen what was applied with --break-glass")
    .description("Until a second person does, status tells it. docs/emergency.md")
    .argument("<id>", "the stack")
    .requiredOption("--why <text>", "what was looked at")
    .addHelpText("after", example('flywheel acknowledge attic --why "read the plan with ann; it is right"'))
    .action(async (id: string, options: { why: string }) =>
      (await import("../commands/freeze")).acknowledgeCommand(id, options),
    );

  flywheel
    .command("history")
    .helpGroup(group)
    .summary("earlier states, newest first")
    .description("Lists the versions that the bucket of state.s3, or a file store, keeps of a state.")
    .argument("<id>", "the stack")
    .option("--limit <n>", "how many versions are looked at", "20")
    .option("--address <address>", "only what happened to one resource, through its moves")
    .option("--dir <dir>", "the file store of `serve --dir`, instead of the bucket")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel history attic"))
    .action(async (id: string, options: { limit: string; address?: string; dir?: string; json?: true }) =>
      (await import("../commands/history")).historyCommand(id, options),
    );

  flywheel
    .command("restore")
    .helpGroup(group)
    .summary("make an earlier state the newest")
    .description("Writes an earlier version as a new serial, under the lock. Nothing of the history is lost.")
    .argument("<id>", "the stack")
    .requiredOption("--version <version>", "the version, as history prints it")
    .option("--dir <dir>", "the file store of `serve --dir`, instead of the bucket")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel restore attic --version 3sL4kqtJlcpXroDTDmJ"))
    .action(async (id: string, options: { version: string; dir?: string; json?: true }) =>
      (await import("../commands/history")).restoreCommand(id, options),
    );

  flywheel
    .command("blame")
    .helpGroup(group)
    .summary("which serial last changed an address")
    .description(
      "Walks the history back to the version that last changed a resource: serial, time, and who where the store knows it.",
    )
    .argument("<id>", "the stack")
    .argument("<address>", "the resource's address in the state")
    .option("--limit <n>", "how many versions to walk at most", "200")
    .option("--dir <dir>", "the file store of `serve --dir`, instead of the bucket")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel blame attic kubernetes_deployment.api"))
    .action(async (id: string, address: string, options: { limit: string; dir?: string; json?: true }) =>
      (await import("../commands/history")).blameCommand(id, address, options),
    );

  flywheel
    .command("recover")
    .helpGroup(group)
    .summary("put an errored.tfstate back")
    .description(
      "Puts the state that an engine could not save back where flag and ledger say it lives: same lineage, higher serial, what is there kept first. docs/errored-tfstate.md",
    )
    .argument("<id>", "the stack")
    .argument("[file]", "the file (default: errored.tfstate in cdktf.out/stacks/<id>, or here)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel recover attic", "flywheel recover attic /tmp/errored.tfstate"))
    .action(async (id: string, file: string | undefined, options: { json?: true }) =>
      (await import("../commands/recover")).recoverCommand(id, file, options),
    );

  flywheel
    .command("restore-drill")
    .helpGroup(group)
    .summary("prove the newest backup")
    .description(
      "Opens the newest backup, restores it into a fresh store, serves it, reads it back and plans on it. Touches no live state. docs/backup.md",
    )
    .argument("[id]", "the stack (default: all)")
    .requiredOption(
      "--identity <file>",
      "the age identity, as a file; /dev/stdin takes it from a pipe, so it need not be on a disk",
    )
    .option("--from <dir>", "backups in this folder, instead of state.backup.target")
    .option("--keep <dir>", "restore into this folder and leave it there, in clear, for `serve --store file --dir`")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example(
        "flywheel restore-drill --identity ~/flywheel.key",
        "flywheel restore-drill attic --identity ~/flywheel.key --from /mnt/backup --keep ~/states",
      ),
    )
    .action(async (id: string | undefined, options: RestoreDrillOptions) =>
      (await import("../commands/restore-drill")).restoreDrillCommand(id, options),
    );
}
