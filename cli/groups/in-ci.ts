import { type Command } from "commander";
import { example } from "./example";

const group = "In CI:";

/** The commands that workflows run. */
export function addInCi(flywheel: Command): void {
  flywheel
    .command("contract")
    .helpGroup(group)
    .summary("where each state lives and how it is locked, with its hash")
    .description(
      "Prints the init contract that synth would use, without secrets, and its hash: the same on every machine. Exit code 1 where --expect names another one.",
    )
    .argument("[id]", "one stack, with a hash of its own (default: all of them, one hash)")
    .option("--expect <hash>", "refuse unless the contract has this hash")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel contract", "flywheel contract --expect sha256:3f0c..."))
    .action(async (id: string | undefined, options: { expect?: string; json?: true }) =>
      (await import("../commands/contract")).contractCommand(id, options),
    );

  flywheel
    .command("target")
    .helpGroup(group)
    .summary("the GitHub environment and the runner that deploy a stack")
    .description(
      "Prints the environment and the runner that organization.yaml names for the stack's cluster, as a workflow's outputs. Nobody is asked for another one.",
    )
    .argument("[id]", "a stack (default: all of them, as one line of JSON)")
    .option("--for <purpose>", "deploy, or plan: a pull request's own code", "deploy")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel target attic-prod", 'flywheel target attic-prod >> "$GITHUB_OUTPUT"'))
    .action(async (id: string | undefined, options: { for: string; json?: true }) =>
      (await import("../commands/target")).targetCommand(id, options),
    );

  flywheel
    .command("with-secrets")
    .helpGroup(group)
    .summary("run a command with one stack's secrets out of FLYWHEEL_SECRETS")
    .description(
      "FLYWHEEL_SECRETS is one JSON map by the names that `flywheel secrets` prints, so a new secret is no edit of a workflow. On GitHub every value is masked first. The command gets what this stack is given, and not the map.",
    )
    .argument("<id>", "the stack")
    .argument("<command...>", "the command, after --")
    .passThroughOptions()
    .addHelpText("after", example("flywheel with-secrets attic-prod -- flywheel plan attic-prod"))
    .action(async (id: string, command: string[]) =>
      (await import("../commands/with-secrets")).withSecretsCommand(id, command),
    );

  flywheel
    .command("provider-lock")
    .helpGroup(group)
    .summary("write the hashes of providers that may be installed")
    .description(
      "Has the engine hash every provider of a stack for each platform, into locks/<stack>.lock.hcl, where a registry or a mirror is reached. Once that file is committed, init installs exactly these. docs/ci.md",
    )
    .argument("[stack...]", "stacks, without an environment (default: all)")
    .option("--platform <platforms...>", "default: linux_amd64 linux_arm64 darwin_amd64 darwin_arm64")
    .option("--mirror <folder>", "a filesystem mirror (default: the registries)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel provider-lock attic", "flywheel provider-lock --mirror /opt/tf-plugins"))
    .action(async (stacks: string[], options: { platform?: string[]; mirror?: string; json?: true }) =>
      (await import("../commands/provider-lock")).providerLockCommand(stacks, options),
    );

  flywheel
    .command("comment")
    .helpGroup(group)
    .summary("a pull request's comment, from what its own job wrote")
    .description(
      "Cleans the Markdown of `preview --base --markdown`, which a pull request's code may have forged, and says above it whose code that was: by the changed files alone.",
    )
    .requiredOption("--markdown <file>", "what the pull request's job wrote: untrusted")
    .requiredOption(
      "--changed-files <file>",
      "GitHub's list of its files: gh api --paginate --slurp repos/O/R/pulls/N/files",
    )
    .requiredOption("--base-ref <name>", "the branch it goes to")
    .option("--max <characters>", "the longest comment (default: 60000)")
    .addHelpText("after", example("flywheel comment --markdown preview.md --changed-files files.json --base-ref main"))
    .action(async (options: { markdown: string; changedFiles: string; baseRef: string; max?: string }) =>
      (await import("../commands/comment")).commentCommand(options),
    );
}
