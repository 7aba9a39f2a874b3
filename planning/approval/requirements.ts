import { type Configuration, type StackInstance } from "../../lib/config/load";
import { type requirements } from "../../lib/config/plan";
import { refuseWithoutOwnLock, refuseWithoutProviderLock } from "../../lib/engine/provider-lock";
import { type EngineVersion } from "../../lib/engine/version";
import { forTerminal } from "../../lib/text/terminal";
import { type ApprovalQuestion, approvalOf } from "./approval";
import { noReceipt } from "./refusals";
import { refuseUnlessSignedMain } from "./signed-main";

export type Requirement = (typeof requirements)[number];

export interface RequirementsOptions {
  readonly configuration: Configuration;
  readonly stack: StackInstance;
  /** The receipt of the bundle that is applied; undefined where a plan is made and applied in one run. */
  readonly receipt: Omit<ApprovalQuestion, "configuration"> | undefined;
  /** Whether a condition counts; `false` where somebody broke the glass for it. @default all of them do */
  readonly counts?: (requirement: Requirement) => boolean;
  /** What must hold beside what the configuration names. @default nothing */
  readonly alsoRequired?: readonly Requirement[];
  /** Gets a line for each condition that holds. */
  readonly tell: (line: string) => void;
}

/**
 * Holds an apply against `state.require`, as far as it needs no synthesized stack: approval and signed-main.
 * @throws UserError for the first that does not hold, or of which that cannot be told.
 */
export async function refuseUnlessRequired(options: RequirementsOptions): Promise<void> {
  const { configuration, stack, receipt, tell } = options;
  if (required(options, "signed-main"))
    tell(
      `signed-main: ${refuseUnlessSignedMain(configuration.folder).slice(0, 12)} is the remote's newest, and signed`,
    );
  if (!required(options, "approval")) return;
  if (receipt === undefined) throw noReceipt(stack.id);
  const { by, how } = await approvalOf({ ...receipt, configuration: configuration.folder });
  tell(`approval: ${forTerminal(by.join(", "))}, by ${how}`);
}

/** The same for provider-locks, once the stack is synthesized in `folder`. @throws UserError where a hash is missing. */
export function refuseUnlessProvidersLocked(
  options: Omit<RequirementsOptions, "receipt">,
  folder: string,
  engine: EngineVersion["name"],
): void {
  if (!required(options, "provider-locks")) return;
  // A folder of HCL has its own, which its init only reads.
  if (options.stack.folder !== undefined) refuseWithoutOwnLock(options.stack.id, folder);
  else refuseWithoutProviderLock({ stack: options.stack.stack, folder, engine });
  options.tell("provider-locks: every provider is locked");
}

function required(
  { configuration, alsoRequired = [], counts }: Omit<RequirementsOptions, "receipt">,
  requirement: Requirement,
): boolean {
  const named = [...configuration.organization.state.require, ...alsoRequired];
  return named.includes(requirement) && (counts?.(requirement) ?? true);
}
