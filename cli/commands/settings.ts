import { isStackName } from "../../lib/config/names";
import { type ListedSetting, listSettings, settingsSchema } from "../../lib/config/settings-list";
import { print, printJson, table } from "../terminal";
import { unknownStack } from "./refusals";

/** `flywheel settings`: what there is to set, for people, scripts and editors. Reads no configuration. */
export function settingsCommand(stack: string, options: { readonly json?: true; readonly jsonSchema?: true }): void {
  if (!isStackName(stack)) throw unknownStack(stack);
  if (options.jsonSchema === true) return printJson(settingsSchema(stack));
  const settings = listSettings(stack);
  if (options.json === true) return printJson({ stack, settings });
  print(table([["setting", "type", "default", "rule"], ...settings.map(row)]));
}

function row({ name, type, default: standard, required, secret, rule, aliases }: ListedSetting): string[] {
  const notes = [
    ...(rule === undefined ? [] : [rule]),
    ...(aliases === undefined ? [] : [`also ${aliases.join(", ")}`]),
    ...(secret ? [`TF_VAR_${name}, listed under secrets`] : []),
  ];
  const value = standard === undefined ? "-" : JSON.stringify(standard);
  return [name, secret ? "secret" : type, required ? "(required)" : value, notes.join("; ")];
}
