import { Argument, type Command, Option } from "commander";
import { type ApplyCommandOptions } from "../commands/apply";
import { type DestroyCommandOptions } from "../commands/destroy";
import { type PlanCommandOptions } from "../commands/plan-bundle";
import { type PreviewCommandOptions } from "../commands/preview";
import { completionFor, type Shell, shells } from "../completion";
import { printDocument } from "../terminal";
import { type CollectCommandOptions } from "../commands/collect";
import { example } from "./example";

const group = "Every day:";

/** The commands of every day. */
export function addEveryDay(flywheel: Command): void {
  flywheel
    .command("preview")
    .helpGroup(group)
    .summary("plan without cluster, credentials or registry")
    .description(
      "Plans stacks by provider replay: the real engine, replayed providers. Nothing is changed and no credential is needed.",
    )
    .argument("[id...]", "stacks to plan (default: all)")
    .option("--state <file>", "plan from this state instead of from none (one id only)")
    .option("--live", "plan on the state where it lives: read only, no lock")
    .option("--out <dir>", "write each plan as <dir>/<id>.json, the engine's `show -json`; it holds secrets: mode 0600")
    .option("--base <ref>", "what the working tree does to what this git ref would have deployed")
    .option(
      "--program-base <ref>",
      "with --base, where the configuration is in another repository: the program's ref for the base",
    )
    .option(
      "--provider-schema <file>",
      "plan with another version of a provider, too, and list what differs: docs/upgrade.md",
    )
    .option("--fail-on <list>", "exit 1 on any of destroy,replace,data-loss")
    .addOption(new Option("--prior-states <dir>").hideHelp())
    .addOption(new Option("--leave-states <dir>").hideHelp())
    .addOption(new Option("--alike <file>").hideHelp())
    .option("--markdown", "with --base: a comment of at most 60,000 characters")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example(
        "flywheel preview",
        "flywheel preview --live attic",
        "flywheel preview --base origin/main --fail-on data-loss",
        "flywheel preview arc-runners --state old.tfstate --out plans",
      ),
    )
    .action(async (ids: string[], options: PreviewCommandOptions) =>
      (await import("../commands/preview")).previewCommand(ids, options),
    );

  flywheel
    .command("manifests")
    .helpGroup(group)
    .summary("the planned objects as plain Kubernetes manifests")
    .description(
      "Plans a stack by provider replay and prints its objects as YAML, for kubectl diff or kubeconform. Secrets are masked, always.",
    )
    .argument("<id>", "the stack")
    .option("--out <dir>", "write one file an object")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel manifests attic", "flywheel manifests attic --out manifests"))
    .action(async (id: string, options: { out?: string; json?: true }) =>
      (await import("../commands/manifests")).manifestsCommand(id, options),
    );

  flywheel
    .command("plan")
    .helpGroup(group)
    .summary("check, then the engine's plan")
    .description("Checks, synthesizes into cdktf.out, and plans with the real providers.")
    .argument("<id>", "the stack")
    .option("--read-only", "take no lock and write nothing: for who may only read; the checks say what is not proven")
    .option(
      "--out <NAME.flyplan>",
      "write the plan encrypted, to be applied as it is, and NAME.receipt.json for review",
    )
    .option("--destroy", "with --out: a plan that destroys the stack, for review. docs/retire.md")
    .option("--auto-approve", "do not ask about a stack that is new by the ledger, and has no state yet")
    .option("--json", "print one JSON document: what the plan does to which address, and what has drifted")
    .addHelpText(
      "after",
      example(
        "flywheel plan attic",
        "flywheel plan attic --json",
        "flywheel plan attic --read-only",
        "flywheel plan attic --out attic.flyplan",
        "flywheel plan attic --destroy --out attic.flyplan",
      ),
    )
    .action(async (id: string, options: PlanCommandOptions) =>
      (await import("../commands/deploy")).planCommand(id, options),
    );

  flywheel
    .command("apply")
    .helpGroup(group)
    .summary("check, plan, and apply exactly that plan; or what was reviewed")
    .description(
      "Of a stack: checks, plans, shows the plan, asks, and applies the very plan that was shown. Of a bundle: refuses whatever moved since it was made, and applies it once. Exit code 3: applied, and something is not as planned. docs/deploy.md",
    )
    .argument("<id|NAME.flyplan>", "the stack, or a bundle with its receipt beside it")
    .option("--auto-approve", "do not ask")
    .option("--identity <file>", "the age identity that opens the bundle (default: the text in FLYWHEEL_PLAN_IDENTITY)")
    .option("--if-equal", "where only state or contents moved: plan again, and go on where the plan does the very same")
    .option("--stack <id>", "refuse a bundle of another stack; needed by --auto-approve where it destroys the stack")
    .option("--pull-request <owner/name#number>", "whose comments may approve the bundle; GITHUB_TOKEN reads them")
    .option("--maker <logins...>", "who else had a part in making the bundle, and so cannot approve it")
    .option("--require <conditions...>", "what must hold beside state.require: approval, provider-locks, signed-main")
    .option(
      "--lock-timeout <time>",
      "wait so long for who else applies, and for the lock: 90s, 20m (default: not at all)",
    )
    .option(
      "--break-glass <gates>",
      "lift conditions, to be acknowledged by a second person: scope,freeze,... docs/emergency.md",
    )
    .option("--why <text>", "with --break-glass: why")
    .option("--json", "print one JSON document; what the engine says goes to stderr")
    .addHelpText(
      "after",
      example(
        "flywheel apply attic",
        "flywheel apply attic.flyplan --identity ~/plans.key",
        'flywheel apply attic.flyplan --identity ~/plans.key --break-glass freeze --why "the store is full"',
      ),
    )
    .action(async (target: string, options: ApplyCommandOptions) =>
      (await import("../commands/apply")).applyCommand(target, options),
    );

  flywheel
    .command("approve")
    .helpGroup(group)
    .summary("sign the receipt of a plan that somebody else made")
    .description(
      "Shows what NAME.receipt.json tells, asks, and signs it (ssh-keygen -Y sign) into NAME.receipt.json.sig. Keys count that the main branch lists in allowed_signers; who made the plan cannot approve it.",
    )
    .argument("<receipt>", "NAME.receipt.json, beside NAME.flyplan")
    .option("--key <file>", "the key (default: the one that git signs with, else ~/.ssh/id_ed25519)")
    .option("--yes", "do not ask")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel approve attic.receipt.json"))
    .action(async (receipt: string, options: { key?: string; yes?: true; json?: true }) =>
      (await import("../commands/approve")).approveCommand(receipt, options),
    );

  flywheel
    .command("settings")
    .helpGroup(group)
    .summary("what there is to set in a stack")
    .description("Lists a stack's settings with type, default and rule, and its secrets.")
    .argument("<stack>", "attic, arc-runners, gitlab-runners, runner-dashboard or state-authority")
    .option("--json", "print one JSON document")
    .option("--json-schema", "print the JSON Schema of a settings file, for editors")
    .addHelpText("after", example("flywheel settings arc-runners", "flywheel settings attic --json-schema"))
    .action(async (stack: string, options: { json?: true; jsonSchema?: true }) =>
      (await import("../commands/settings")).settingsCommand(stack, options),
    );

  flywheel
    .command("secrets")
    .helpGroup(group)
    .summary("which secrets a run needs, and which are missing")
    .description(
      "Lists the secrets that stacks are given, by name only. Exit code 1 where one has no value. docs/secrets.md",
    )
    .argument("[id]", "the stack (default: all)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel secrets", "flywheel secrets attic-prod"))
    .action(async (id: string | undefined, options: { json?: true }) =>
      (await import("../commands/secrets")).secretsCommand(id, options),
    );

  flywheel
    .command("destroy")
    .helpGroup(group)
    .summary("check, and destroy a stack with the plan that was shown")
    .description(
      "Checks, names everything at once that holds data and may not go yet, plans the destroy, shows it, asks for the stack's name, applies exactly that plan, and ends the ledger entry. docs/retire.md",
    )
    .argument("<id>", "the stack")
    .option("--dry-run", "check and show the plan, and destroy nothing")
    .option("--auto-approve", "do not ask; needs --confirm")
    .option("--confirm <id>", "the stack's name, as it would be typed")
    .option(
      "--lock-timeout <time>",
      "wait so long for who else applies, and for the lock: 90s, 20m (default: not at all)",
    )
    .option("--break-glass <gates>", "lift conditions, to be acknowledged by a second person: docs/emergency.md")
    .option("--why <text>", "with --break-glass: why")
    .option("--json", "print one JSON document: what was destroyed, and what is left to do")
    .addHelpText(
      "after",
      example(
        "flywheel destroy attic",
        "flywheel destroy attic --dry-run",
        "flywheel destroy attic --auto-approve --confirm attic",
      ),
    )
    .action(async (id: string, options: DestroyCommandOptions) =>
      (await import("../commands/destroy")).destroyCommand(id, options),
    );

  flywheel
    .command("scope")
    .helpGroup(group)
    .summary("whether a plan is within its stack's scope")
    .description(
      "By default a plan may add and change. config/scopes/<id>.yaml admits destroy, replace, drift, move, import and forget, by address. docs/deploy.md",
    )
    .argument("<id|FILE>", "the stack, to be planned now; or NAME.receipt.json, NAME.flyplan")
    .option("--write", "make the scope that admits exactly this plan, for review")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel scope attic.receipt.json", "flywheel scope attic --write"))
    .action(async (target: string, options: { write?: true; json?: true }) =>
      (await import("../commands/scope")).scopeCommand(target, options),
    );

  flywheel
    .command("check")
    .helpGroup(group)
    .summary("look at state and store before anything is changed")
    .description(
      "Checks the bucket, its lock, every state, ledger and generation. One line each; exit code 0 only where all of them hold.",
    )
    .argument("[id...]", "stacks to check (default: all)")
    .option(
      "--deep",
      "evidence that the place may be trusted: 50 writers race, what the key must not reach, a disposable stack, retention, backups, drills; each line with its command",
    )
    .option("--strict", "a finding fails, too")
    .option("--read-only", "write nothing and take no lock: for who may only read; says what is not proven")
    .option("--reader", "as --read-only, and prove that these credentials cannot write; exit 1 where they can")
    .option("--not-held-off", "fail where somebody applies, or the state is frozen: bin/engine's, before an apply")
    .option("--collect <file>", "before a store is restarted: keep in this file what it says; checks nothing else")
    .option(
      "--attach <file...>",
      "with --collect: files to keep with it, such as what kubectl printed; secrets are left out",
    )
    .option(
      "--disk <folder>",
      "with --collect: the store's folder on this machine, of which names, sizes and dates are kept",
    )
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example(
        "flywheel check attic",
        "flywheel check --read-only",
        "flywheel check --deep --json > evidence.json",
        "flywheel check --collect before-restart.json --attach cluster.txt",
      ),
    )
    .action(
      async (
        ids: string[],
        options: Partial<CollectCommandOptions> & {
          deep?: true;
          strict?: true;
          json?: true;
          readOnly?: true;
          reader?: true;
          notHeldOff?: true;
        },
      ) =>
        options.collect === undefined
          ? (await import("../commands/check")).checkCommand(ids, options)
          : (await import("../commands/collect")).collectCommand(ids, { ...options, collect: options.collect }),
    );

  flywheel
    .command("status")
    .helpGroup(group)
    .summary("where every state is, and who holds it")
    .description("A row a state: flag, lineage, serial, generation, age, lock, ledger, place.")
    .argument("[id...]", "stacks (default: all)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel status"))
    .action(async (ids: string[], options: { json?: true }) =>
      (await import("../commands/status")).statusCommand(ids, options),
    );

  flywheel
    .command("backup")
    .helpGroup(group)
    .summary("encrypted copies of states, elsewhere")
    .description(
      "Encrypts states to the age recipients of state.backup and puts them into its target, with a manifest beside each. Nothing in clear leaves this process. docs/backup.md",
    )
    .argument("[id...]", "the stacks (default: all)")
    .option("--json", "print one JSON document")
    .addHelpText("after", example("flywheel backup", "flywheel backup attic"))
    .action(async (ids: string[], options: { json?: true }) =>
      (await import("../commands/backup")).backupCommand(ids, options),
    );

  flywheel
    .command("completion")
    .helpGroup(group)
    .summary("complete commands and options in your shell")
    .description("Prints a completion script for a shell, made from this version's commands.")
    .addArgument(new Argument("<shell>", "your shell").choices(shells))
    .addHelpText("after", example('eval "$(flywheel completion bash)"', "flywheel completion fish | source"))
    .action((shell: Shell) => printDocument(completionFor(shell, flywheel)));
}
