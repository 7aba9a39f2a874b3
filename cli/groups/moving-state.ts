import { type Command, Option } from "commander";
import { movableBackends } from "../../lib/config/backends/movable";
import { type CutoverCommandOptions } from "../commands/cutover";
import { type ServeOptions } from "../commands/serve";
import { example } from "./example";

const group = "Moving state:";

/** The commands that move states and serve them. */
export function addMovingState(flywheel: Command): void {
  flywheel
    .command("convert")
    .helpGroup(group)
    .summary("a settings file from variable files and a backend file")
    .description(
      "Reads variable files (HCL, or JSON where the name ends in .json) and a backend file of the HCL stack, and writes environments/<env>/<stack>.yaml and the state part of organization.yaml. Values of secrets go nowhere. Nothing is ever overwritten.",
    )
    .argument("<stack>", "attic, arc-runners, gitlab-runners or runner-dashboard")
    .requiredOption("--env <environment>", "the environment, as organization.yaml names it")
    .requiredOption("--var-file <file>", "a variable file; give it again for more, the last one wins", collect)
    .option("--backend-config <file>", "the stack's backend file, http or s3")
    .option("--dry-run", "print what would be written, and write nothing")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example(
        "flywheel convert arc-runners --env prod --var-file honey.tfvars --backend-config arc-runners.hcl --dry-run",
      ),
    )
    .action(
      async (
        stack: string,
        options: { env: string; varFile: string[]; backendConfig?: string; dryRun?: true; json?: true },
      ) => (await import("../commands/convert")).convertCommand(stack, options),
    );

  flywheel
    .command("tunnel")
    .helpGroup(group)
    .summary("run a command that reaches the place of the states another way")
    .description(
      "Runs a command with a loopback proxy as HTTP_PROXY and HTTPS_PROXY: the place's host goes down the road, a port-forward by kubectl to state.s3.service or the port of --via; everything else goes straight. Contract, hash and plans are the same with and without.",
    )
    .argument("<command...>", "the command and its arguments, after --")
    .option("--via <127.0.0.1:PORT>", "a port on this machine that leads to the place")
    .passThroughOptions()
    .addHelpText(
      "after",
      example("flywheel tunnel -- flywheel check attic", "flywheel tunnel --via 127.0.0.1:9000 -- flywheel status"),
    )
    .action(async (command: readonly string[], options: { via?: string }) =>
      (await import("../commands/tunnel")).tunnelCommand(command, options),
    );

  flywheel
    .command("register")
    .helpGroup(group)
    .summary("write the first ledger entry of a state")
    .description(
      "Reads a state where the flag says it is and writes its first entry into state-ledger.yaml. Where there is none, it refuses without --new; with --new, too, where a state, a backup, a version, a generation or a seal tells that the stack is not new.",
    )
    .argument("[id]", "the stack")
    .option("--authority", "instead: give the bucket of state.s3 its identity, and print it for state.s3.authority")
    .option("--yes", "with --authority, by `flywheel tunnel`: do not ask about what was found there")
    .option("--repair", "replace the entry, after reading the state anew")
    .option("--new", "nothing was ever deployed: write an entry that says so, where nothing speaks against it")
    .option("--dir <dir>", "read from the file store of `serve --store file --dir`, instead of where the flag says")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example("flywheel register arc-runners", "flywheel register attic --new", "flywheel register --authority"),
    )
    .action(
      async (
        id: string | undefined,
        options: { authority?: true; yes?: true; repair?: true; new?: true; dir?: string; json?: true },
      ) => (await import("../commands/register")).registerCommand(id, options),
    );

  flywheel
    .command("cutover")
    .helpGroup(group)
    .summary("move a state between http and s3")
    .description(
      "Checks both places, moves one state, keeps its lineage and serial, and seals the place it leaves. Interrupted at any instant, the same command from any checkout finishes.",
    )
    .argument("<id>", "the stack")
    .addOption(new Option("--to <backend>", "where it goes").choices(movableBackends))
    .addOption(
      new Option("--from <place>", "leave this place instead of the one that the flag names").choices([
        "legacy.gitlab",
      ]),
    )
    .option("--dry-run", "check both places, print the steps and change nothing")
    .option(
      "--real-plan",
      "compare the plans before and after by the real providers, from your environment, instead of by replay",
    )
    .addOption(new Option("--abort", "undo a move that is under way").conflicts(["dryRun", "realPlan"]))
    .addOption(
      new Option(
        "--forget-source",
        "for good: look no more at the place that was left, whose server may go then",
      ).conflicts(["to", "from", "dryRun", "realPlan", "abort"]),
    )
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example(
        "flywheel cutover attic --to s3",
        "flywheel cutover attic --to s3 --real-plan",
        "flywheel cutover attic --to s3 --abort",
        "flywheel cutover attic --forget-source",
      ),
    )
    .action(async (id: string, options: CutoverCommandOptions) =>
      (await import("../commands/cutover")).cutoverCommand(id, options),
    );

  flywheel
    .command("adopt")
    .helpGroup(group)
    .summary("what the first plan on an old state does, and why")
    .description(
      "Plans a stack on a state that the HCL stacks wrote, by provider replay: moved, changed and why, forgotten, refused. Changes nothing. docs/adopt.md\n\nWith --from-cluster, for state-authority without a state: looks for what exists and writes state.import. docs/bootstrap.md",
    )
    .argument("<id>", "the stack")
    .option("--state <file>", "the state, as `state pull` prints it (default: read it where the flag says it lives)")
    .option("--from-cluster", "make import blocks of what its cluster and its bucket have")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      example("flywheel adopt attic --state attic.tfstate", "flywheel adopt state-authority --from-cluster"),
    )
    .action(async (id: string, options: { state?: string; fromCluster?: true; json?: true }) =>
      (await import("../commands/adopt")).adoptCommand(id, options),
    );

  flywheel
    .command("serve")
    .helpGroup(group)
    .summary("the HTTP state server")
    .description(
      "Serves states by Terraform's HTTP protocol. The writer is TF_HTTP_USERNAME with TF_HTTP_PASSWORD, or whoever --users names. SIGTERM and SIGINT: it takes nothing new, finishes what it took, and ends with 143 or 130.",
    )
    .option("--listen <host:port>", "where to listen; port 0 takes a free one", "127.0.0.1:8080")
    .addOption(
      new Option(
        "--store <kind>",
        "where states are kept: the bucket of state.s3 or files (default: s3 where state.s3 is configured, else file)",
      ).choices(["s3", "file"]),
    )
    .option("--dir <dir>", "the file store's folder (default: state)")
    .option("--users <file>", "who may read and write which states; read again when it changes")
    .option(
      "--cert <file>",
      "TLS certificate (PEM); certificate and key are read again when they change, and on SIGHUP",
    )
    .option("--key <file>", "TLS key (PEM)")
    .option("--behind-tls-proxy", "off loopback without TLS of its own: a proxy in front has it")
    .addHelpText(
      "after",
      example("TF_HTTP_USERNAME=me TF_HTTP_PASSWORD=... flywheel serve --store file --dir ~/states"),
    )
    .action(async (options: ServeOptions) => (await import("../commands/serve")).serveCommand(options));

  addUsers(flywheel);
}

function addUsers(flywheel: Command): void {
  const users = flywheel
    .command("users")
    .helpGroup(group)
    .summary("who may read and write which states")
    .description(
      "Edits the file of `serve --users`, which a running server takes up with the next request. A password is typed, comes by stdin, or is generated: never an argument. docs/users.md",
    )
    .helpCommand(false);
  const file = () => new Option("--users <file>", "the file of `serve --users`").makeOptionMandatory();
  const json = () => new Option("--json", "print one JSON document");
  const generate = () => new Option("--generate", "make a password, and print it once");
  users
    .command("add")
    .summary("add a user")
    .description("Adds a user. The file is made where there is none, for its owner alone.")
    .argument("<name>", "what TF_HTTP_USERNAME is for them")
    .addOption(file())
    .addOption(
      new Option("--role <role>", "read: may only look; write: may lock and write, too")
        .choices(["read", "write"])
        .makeOptionMandatory(),
    )
    .requiredOption("--states <glob...>", "names of states, <stack>-<env>; * is any run of characters, ? one")
    .addOption(generate())
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "flywheel users add ci --users users.yaml --role write --states '*-prod' --generate",
        "flywheel users add ann --users users.yaml --role read --states 'attic-*' arc-runners-dev",
      ),
    )
    .action(
      async (
        name: string,
        options: { users: string; role: "read" | "write"; states: string[]; generate?: true; json?: true },
      ) => (await import("../commands/users")).addUserCommand(name, options),
    );
  users
    .command("rotate")
    .summary("give a user a new password beside the old one")
    .description("Adds a password; the one before stays valid until --finish, so that a change needs no gap.")
    .argument("<name>", "the user")
    .addOption(file())
    .addOption(generate())
    .addOption(new Option("--finish", "instead: only the newest password is valid from now on").conflicts("generate"))
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "flywheel users rotate ci --users users.yaml --generate",
        "flywheel users rotate ci --users users.yaml --finish",
      ),
    )
    .action(async (name: string, options: { users: string; generate?: true; finish?: true; json?: true }) =>
      (await import("../commands/users")).rotateUserCommand(name, options),
    );
  users
    .command("remove")
    .summary("take a user out")
    .description("Takes a user out. Their locks stay.")
    .argument("<name>", "the user")
    .addOption(file())
    .addOption(json())
    .addHelpText("after", example("flywheel users remove ann --users users.yaml"))
    .action(async (name: string, options: { users: string; json?: true }) =>
      (await import("../commands/users")).removeUserCommand(name, options),
    );
  users
    .command("list")
    .summary("the users, without what proves them")
    .description("A row a user: role, states, how many passwords are valid.")
    .addOption(file())
    .addOption(json())
    .addHelpText("after", example("flywheel users list --users users.yaml"))
    .action(async (options: { users: string; json?: true }) =>
      (await import("../commands/users")).listUsersCommand(options),
    );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
