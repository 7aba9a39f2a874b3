import { type UserError } from "../../lib/errors";
import { notBehindTheGuard } from "../refusals";
import { type EngineArguments } from "./arguments";

/** What has to happen before the engine may run a command in a stack's folder. */
type Verdict =
  /** Nothing: it shows something, or writes files of the folder only. */
  | { readonly kind: "pass" }
  /** The data folder is cleaned: it may say where the state was before a cutover. */
  | { readonly kind: "init" }
  /** It may plan, where nothing is left that an earlier apply could not save. */
  | { readonly kind: "plan" }
  /** `flywheel check` must hold: it changes a cluster or a state. */
  | { readonly kind: "check" }
  | { readonly kind: "refused"; readonly problem: UserError };

const mutations = [
  "apply",
  "destroy",
  "import",
  "taint",
  "untaint",
  "refresh",
  "state mv",
  "state rm",
  "state replace-provider",
];

/** What a command of ours does instead, by the engine's command. */
const replaced = new Map<string, (id: string) => { readonly why: string; readonly instead: string }>([
  [
    "state push",
    (id) => ({
      why: "it writes a state without looking at the ledger, and keeps no copy of what it replaces",
      instead: `flywheel recover ${id} FILE\nAn earlier state: flywheel restore ${id} --version V`,
    }),
  ],
  [
    "force-unlock",
    (id) => ({
      why: "the lock may be the seal of a cutover, or that of a run at work",
      instead: `flywheel status ${id}, which says who holds it, then: flywheel unlock ${id} LOCK-ID`,
    }),
  ],
  [
    "test",
    (id) => ({
      why: "it makes and destroys real objects of its own, in no state",
      instead: `flywheel preview ${id}, which asks no cluster`,
    }),
  ],
  ...["new", "select", "delete"].map((word): [string, (id: string) => { why: string; instead: string }] => [
    `workspace ${word}`,
    () => ({
      why: "a workspace is a second state beside the one that is checked, backed up and moved",
      instead: "Another environment is a folder of settings: config/environments/<env>/",
    }),
  ]),
]);

/** Options that would have the engine read or write a state elsewhere, by command. */
const elsewhere: readonly {
  readonly of: (command: string) => boolean;
  readonly option: string;
  readonly why: string;
  readonly instead: (id: string) => string;
}[] = [
  ...["-migrate-state", "-force-copy"].map((option) => ({
    of: (command: string) => command === "init",
    option,
    why: "it copies a state over whatever is at its destination, and seals nothing",
    instead: (id: string) => `flywheel cutover ${id} --to s3|http`,
  })),
  ...["-backend-config", "-from-module"].map((option) => ({
    of: (command: string) => command === "init",
    option,
    why: "where the state is stands in the configuration, and nowhere else",
    instead: (id: string) => `flywheel contract ${id}, which shows it; config/organization.yaml changes it`,
  })),
  ...["-state", "-state-out", "-backup"].map((option) => ({
    of: (command: string) => command === "plan" || mutations.includes(command),
    option,
    why: "where the state is stands in the configuration, and nowhere else",
    instead: (id: string) => `flywheel contract ${id}, which shows it`,
  })),
  {
    of: (command: string) => command === "import",
    option: "-config",
    why: "what is imported stands in what was synthesized, and nowhere else",
    instead: (id: string) => `flywheel adopt ${id}, for objects that an old state knows`,
  },
];

/** What the guard does with a command line for a stack. */
export function verdict(id: string, { command, options, typed, asksForHelp }: EngineArguments): Verdict {
  if (command === undefined || asksForHelp) return { kind: "pass" };
  const other = replaced.get(command)?.(id);
  if (other !== undefined) return refused(command, other.why, other.instead);
  for (const { of, option, why, instead } of elsewhere)
    if (of(command) && options.has(option)) return refused(`${command} ${option}`, why, instead(id));
  const isMutation = mutations.includes(command);
  if (isMutation && typed.some((arg) => /^--?lock=(?!1$|t$|true$)/i.test(arg)))
    return refused(
      `${command} -lock=false`,
      "somebody else could write the same state at the same time",
      `flywheel status ${id}, which says who holds the lock`,
    );
  if (isMutation) return { kind: "check" };
  return command === "init" || command === "plan" ? { kind: command } : { kind: "pass" };
}

function refused(command: string, why: string, instead: string): Verdict {
  return { kind: "refused", problem: notBehindTheGuard(command, why, instead) };
}
