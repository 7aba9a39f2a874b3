import { type Configuration, type StackInstance } from "../config/load";
import { unknownPlaceholder } from "./refusals";

/** Fills `{stack}` and `{env}` in. @throws UserError for any other placeholder: it would become part of an address. */
export function fill(
  configuration: Configuration,
  stack: StackInstance,
  path: readonly string[],
  template: string,
): string {
  const filled = template.replaceAll("{stack}", stack.stack).replaceAll("{env}", stack.environment);
  const unknown = /\{[^}]*\}?|\}/.exec(filled)?.[0];
  if (unknown === undefined) return filled;
  throw unknownPlaceholder(configuration.organization.source, path, template, unknown);
}
