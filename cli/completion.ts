import { type Command } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A shell's completion of the program's commands and of each one's options, made from the program itself. */
export function completionFor(shell: Shell, flywheel: Command): string {
  const commands = flywheel.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: command.options.filter(({ hidden, long }) => !hidden && long != null).map(({ long }) => String(long)),
  }));
  switch (shell) {
    case "bash":
    case "zsh":
      return [
        ...(shell === "zsh" ? ["autoload -Uz bashcompinit && bashcompinit"] : []),
        "_flywheel() {",
        '  local word="${COMP_WORDS[COMP_CWORD]}" words',
        '  if [ "$COMP_CWORD" -eq 1 ]; then',
        `    words="${commands.map(({ name }) => name).join(" ")}"`,
        '  else case "${COMP_WORDS[1]}" in',
        ...commands.map(({ name, options }) => `    ${name}) words="${[...options, "--help"].join(" ")}" ;;`),
        "  esac; fi",
        '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        "complete -o default -F _flywheel flywheel",
        "",
      ].join("\n");
    case "fish":
      return commands
        .flatMap(({ name, summary, options }) => [
          `complete -c flywheel -n __fish_use_subcommand -f -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
          ...options.map(
            (option) => `complete -c flywheel -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
          ),
        ])
        .concat("")
        .join("\n");
  }
}
