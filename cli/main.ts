import { Command, CommanderError, Option } from "commander";
import { UsageError, UserError } from "../lib/errors";
import { type CutoverCommandOptions } from "./commands/cutover";
import { type RestoreDrillOptions } from "./commands/restore-drill";
import { type ServeOptions } from "./commands/serve";
import { note, printJson } from "./terminal";

const everyDay = "Every day:";
const movingState = "Moving state:";
const whenItBreaks = "When it breaks:";
const inCi = "In CI:";
const lab = "The lab:";

function program(): Command {
  const flywheel = new Command("flywheel")
    .description("Four infrastructure stacks as one CDKTF program, and the state under them.")
    .option("--config <dir>", "the configuration's folder (default: FLYWHEEL_CONFIG_DIR, else config)")
    .showHelpAfterError("(flywheel --help lists the commands)")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .hook("preAction", (command) => {
      const folder: unknown = command.opts()["config"];
      if (typeof folder === "string") process.env["FLYWHEEL_CONFIG_DIR"] = folder;
    });

  flywheel
    .command("preview")
    .helpGroup(everyDay)
    .summary("plan without cluster, credentials or registry")
    .description("Plans stacks by provider replay: the real engine, replayed providers. Nothing is changed and no credential is needed.")
    .argument("[id...]", "stacks to plan (default: all)")
    .option("--state <file>", "plan from this state instead of from none (one id only)")
    .option("--out <dir>", "write each plan as <dir>/<id>.json, the engine's `show -json`; it holds secrets: mode 0600")
    .option("--base <ref>", "tell what the working tree changes against this git ref, both planned from no state")
    .option("--program-base <ref>", "with --base, where the configuration is in another repository: the program's ref for the base")
    .option("--markdown", "with --base: a comment of at most 60,000 characters")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel preview", "flywheel preview --base origin/main", "flywheel preview arc-runners --state old.tfstate --out plans"))
    .action(async (ids: string[], options: { state?: string; out?: string; base?: string; programBase?: string; markdown?: true; json?: true }) => (await import("./commands/preview")).previewCommand(ids, options));

  flywheel
    .command("manifests")
    .helpGroup(everyDay)
    .summary("the planned objects as plain Kubernetes manifests")
    .description("Plans a stack by provider replay and prints its objects as YAML, for kubectl diff or kubeconform. Secrets are masked, always.")
    .argument("<id>", "the stack")
    .option("--out <dir>", "write one file an object")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel manifests attic", "flywheel manifests attic --out manifests"))
    .action(async (id: string, options: { out?: string; json?: true }) => (await import("./commands/manifests")).manifestsCommand(id, options));

  flywheel
    .command("plan")
    .helpGroup(everyDay)
    .summary("check, then the engine's plan")
    .description("Checks, synthesizes into cdktf.out, and plans with the real providers.")
    .argument("<id>", "the stack")
    .addHelpText("after", example("flywheel plan attic"))
    .action(async (id: string) => (await import("./commands/deploy")).planCommand(id));

  flywheel
    .command("apply")
    .helpGroup(everyDay)
    .summary("check, plan, and apply exactly that plan")
    .description("Checks, plans, shows the plan, asks, and applies the very plan that was shown.")
    .argument("<id>", "the stack")
    .option("--auto-approve", "do not ask")
    .addHelpText("after", example("flywheel apply attic"))
    .action(async (id: string, options: { autoApprove?: true }) => (await import("./commands/deploy")).applyCommand(id, options));

  flywheel
    .command("check")
    .helpGroup(everyDay)
    .summary("look at state and store before anything is changed")
    .description("Checks the bucket, its lock, every state, ledger and generation. One line each; exit code 0 only where all of them hold.")
    .argument("[id...]", "stacks to check (default: all)")
    .option("--deep", "race for the lock with 50 writers instead of 8")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel check attic"))
    .action(async (ids: string[], options: { deep?: true; json?: true }) => (await import("./commands/check")).checkCommand(ids, options));

  flywheel
    .command("probe")
    .helpGroup(whenItBreaks)
    .summary("prove that a bucket can lock")
    .description("The locking proof alone, for any S3-compatible server: no configuration, credentials from the environment.")
    .requiredOption("--endpoint <url>", "the server")
    .requiredOption("--bucket <name>", "a bucket in it")
    .option("--region <name>", "its region", "us-east-1")
    .option("--writers <n>", "how many clients race for the lock", "20")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel probe --endpoint https://s3.example.org --bucket tofu-state"))
    .action(async (options: { endpoint: string; bucket: string; region: string; writers: string; json?: true }) => (await import("./commands/probe")).probeCommand(options));

  flywheel
    .command("status")
    .helpGroup(everyDay)
    .summary("where every state is, and who holds it")
    .description("A row a state: flag, lineage, serial, generation, age, lock, ledger, place.")
    .argument("[id...]", "stacks (default: all)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel status"))
    .action(async (ids: string[], options: { json?: true }) => (await import("./commands/status")).statusCommand(ids, options));

  flywheel
    .command("unlock")
    .helpGroup(whenItBreaks)
    .summary("give back the lock of a client that died")
    .description("Gives back a lock by its ID. A seal and the lock of a running cutover are refused.")
    .argument("<id>", "the stack")
    .argument("<lock-id>", "the lock's ID, as status and the engine print it")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel unlock attic 6f1c0b1e-0f3a-4d2b-9f0e-2f8f6a1c9d11"))
    .action(async (id: string, lockId: string, options: { json?: true }) => (await import("./commands/unlock")).unlockCommand(id, lockId, options));

  flywheel
    .command("history")
    .helpGroup(whenItBreaks)
    .summary("earlier states, newest first")
    .description("Lists the versions that the bucket of state.s3, or a file store, keeps of a state.")
    .argument("<id>", "the stack")
    .option("--limit <n>", "how many", "20")
    .option("--dir <dir>", "the file store of `serve --dir`, instead of the bucket")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel history attic"))
    .action(async (id: string, options: { limit: string; dir?: string; json?: true }) => (await import("./commands/history")).historyCommand(id, options));

  flywheel
    .command("restore")
    .helpGroup(whenItBreaks)
    .summary("make an earlier state the newest")
    .description("Writes an earlier version as a new serial, under the lock. Nothing of the history is lost.")
    .argument("<id>", "the stack")
    .requiredOption("--version <version>", "the version, as history prints it")
    .option("--dir <dir>", "the file store of `serve --dir`, instead of the bucket")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel restore attic --version 3sL4kqtJlcpXroDTDmJ"))
    .action(async (id: string, options: { version: string; dir?: string; json?: true }) => (await import("./commands/history")).restoreCommand(id, options));

  flywheel
    .command("blame")
    .helpGroup(whenItBreaks)
    .summary("which serial last changed an address")
    .description("Walks the history back to the version that last changed a resource: serial, time, and who where the store knows it.")
    .argument("<id>", "the stack")
    .argument("<address>", "the resource's address in the state")
    .option("--limit <n>", "how many versions to walk at most", "200")
    .option("--dir <dir>", "the file store of `serve --dir`, instead of the bucket")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel blame attic kubernetes_deployment.api"))
    .action(async (id: string, address: string, options: { limit: string; dir?: string; json?: true }) => (await import("./commands/history")).blameCommand(id, address, options));

  flywheel
    .command("register")
    .helpGroup(movingState)
    .summary("write the first ledger entry of a state")
    .description("Reads a state where the flag says it is and writes its first entry into state-ledger.yaml; `new` where there is none yet.")
    .argument("[id]", "the stack")
    .option("--authority", "instead: give the bucket of state.s3 its identity, and print it for state.s3.authority")
    .option("--repair", "replace the entry, after reading the state anew")
    .option("--dir <dir>", "read from the file store of `serve --store file --dir`, instead of where the flag says")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel register arc-runners", "flywheel register --authority"))
    .action(async (id: string | undefined, options: { authority?: true; repair?: true; dir?: string; json?: true }) => (await import("./commands/register")).registerCommand(id, options));

  flywheel
    .command("cutover")
    .helpGroup(movingState)
    .summary("move a state between http and s3")
    .description("Moves one state, keeps its lineage and serial, and seals the place it leaves. Interrupted at any instant, the same command from any checkout finishes.")
    .argument("<id>", "the stack")
    .addOption(new Option("--to <side>", "where it goes").choices(["http", "s3"]).makeOptionMandatory())
    .addOption(new Option("--from <place>", "leave this place instead of the other side").choices(["legacy.gitlab"]))
    .option("--dry-run", "print the steps and change nothing")
    .option("--abort", "undo a move that is under way")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel cutover attic --to s3", "flywheel cutover attic --to s3 --abort"))
    .action(async (id: string, options: CutoverCommandOptions) => (await import("./commands/cutover")).cutoverCommand(id, options));

  flywheel
    .command("adopt")
    .helpGroup(movingState)
    .summary("what the first plan on an old state does, and why")
    .description("Plans a stack on a state that the HCL stacks wrote, by provider replay: moved, changed and why, forgotten, refused. Changes nothing. docs/adopt.md")
    .argument("<id>", "the stack")
    .option("--state <file>", "the state, as `state pull` prints it (default: read it where the flag says it lives)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel adopt attic --state attic.tfstate"))
    .action(async (id: string, options: { state?: string; json?: true }) => (await import("./commands/adopt")).adoptCommand(id, options));

  flywheel
    .command("recover")
    .helpGroup(whenItBreaks)
    .summary("put an errored.tfstate back")
    .description("Puts the state that an engine could not save back where flag and ledger say it lives: same lineage, higher serial, what is there kept first. docs/errored-tfstate.md")
    .argument("<id>", "the stack")
    .argument("[file]", "the file (default: errored.tfstate in cdktf.out/stacks/<id>, or here)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel recover attic", "flywheel recover attic /tmp/errored.tfstate"))
    .action(async (id: string, file: string | undefined, options: { json?: true }) => (await import("./commands/recover")).recoverCommand(id, file, options));

  flywheel
    .command("backup")
    .helpGroup(everyDay)
    .summary("encrypted copies of states, elsewhere")
    .description("Encrypts states to the age recipients of state.backup and puts them into its target, with a manifest beside each. Nothing in clear leaves this process. docs/backup.md")
    .argument("[id...]", "the stacks (default: all)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel backup", "flywheel backup attic"))
    .action(async (ids: string[], options: { json?: true }) => (await import("./commands/backup")).backupCommand(ids, options));

  flywheel
    .command("restore-drill")
    .helpGroup(whenItBreaks)
    .summary("prove the newest backup")
    .description("Opens the newest backup, restores it into a fresh store, serves it, reads it back and plans on it. Touches no live state. docs/backup.md")
    .argument("[id]", "the stack (default: all)")
    .requiredOption("--identity <file>", "the age identity, as a file; `<(...)` works, so it need not be on a disk")
    .option("--from <dir>", "backups in this folder, instead of state.backup.target")
    .option("--keep <dir>", "restore into this folder and leave it there, in clear, for `serve --store file --dir`")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel restore-drill --identity ~/flywheel.key", "flywheel restore-drill attic --identity ~/flywheel.key --from /mnt/backup --keep ~/states"))
    .action(async (id: string | undefined, options: RestoreDrillOptions) => (await import("./commands/restore-drill")).restoreDrillCommand(id, options));

  flywheel
    .command("serve")
    .helpGroup(movingState)
    .summary("the HTTP state server")
    .description("Serves states by Terraform's HTTP protocol. The writer is TF_HTTP_USERNAME with TF_HTTP_PASSWORD, or whoever --users names.")
    .option("--listen <host:port>", "where to listen; port 0 takes a free one", "127.0.0.1:8080")
    .addOption(new Option("--store <kind>", "where states are kept: the bucket of state.s3 or files (default: s3 where state.s3 is configured, else file)").choices(["s3", "file"]))
    .option("--dir <dir>", "the file store's folder (default: state)")
    .option("--users <file>", "who may read and write which states; read again when it changes")
    .option("--cert <file>", "TLS certificate (PEM)")
    .option("--key <file>", "TLS key (PEM)")
    .option("--behind-tls-proxy", "off loopback without TLS of its own: a proxy in front has it")
    .addHelpText("after", example("TF_HTTP_USERNAME=me TF_HTTP_PASSWORD=... flywheel serve --store file --dir ~/states"))
    .action(async (options: ServeOptions) => (await import("./commands/serve")).serveCommand(options));

  flywheel
    .command("contract")
    .helpGroup(inCi)
    .summary("where each state lives and how it is locked, with its hash")
    .description("Prints the init contract that synth would use, without secrets, and its hash: the same on every machine. Exit code 1 where --expect names another one.")
    .argument("[id]", "one stack, with a hash of its own (default: all of them, one hash)")
    .option("--expect <hash>", "refuse unless the contract has this hash")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel contract", "flywheel contract --expect sha256:3f0c..."))
    .action(async (id: string | undefined, options: { expect?: string; json?: true }) => (await import("./commands/contract")).contractCommand(id, options));

  flywheel
    .command("comment")
    .helpGroup(inCi)
    .summary("a pull request's comment, from what its own job wrote")
    .description("Cleans the Markdown of `preview --base --markdown`, which a pull request's code may have forged, and says above it whose code that was: by the changed files alone.")
    .requiredOption("--markdown <file>", "what the pull request's job wrote: untrusted")
    .requiredOption("--changed-files <file>", "GitHub's list of its files: gh api --paginate --slurp repos/O/R/pulls/N/files")
    .requiredOption("--base-ref <name>", "the branch it goes to")
    .option("--max <characters>", "the longest comment (default: 60000)")
    .addHelpText("after", example("flywheel comment --markdown preview.md --changed-files files.json --base-ref main"))
    .action(async (options: { markdown: string; changedFiles: string; baseRef: string; max?: string }) => (await import("./commands/comment")).commentCommand(options));

  flywheel
    .command("replay")
    .helpGroup(lab)
    .summary("run an engine's command with replayed providers")
    .description("Attaches provider replay to the command, in any folder with Terraform or OpenTofu code. docs/replay.md says what it can tell.")
    .argument("<command...>", "the engine's command, after --")
    .passThroughOptions()
    .addHelpText("after", example("flywheel replay -- terraform plan"))
    .action(async (command: string[]) => {
      process.exitCode = await (await import("../lab/replay/attach")).runReplay(command, process.cwd());
    });

  return flywheel;
}

function example(...commands: string[]): string {
  return `\nExample:\n${commands.map((command) => `  ${command}`).join("\n")}`;
}

async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...args], { from: "user" });
  } catch (error) {
    process.exitCode = report(error, args.includes("--json"));
  }
}

/** Tells the operator, and returns the exit code: 1 refused or failed, 2 usage. */
function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    note(error.message);
    if (json) printJson({ ok: false, problems: error.problems });
    return error instanceof UsageError ? 2 : 1;
  }
  note(error instanceof Error ? `This is a mistake of ours, not yours:\n${error.stack ?? error.message}` : String(error));
  return 1;
}

void main(process.argv.slice(2));
