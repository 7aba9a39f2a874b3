import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { backendType } from "../config/backends";
import { isRecord } from "../config/kind";
import { families } from "./families";

/** What an engine needs in its environment to work with the backend block of a synthesized stack; nothing where there is no such folder. */
export function variablesOfFolder(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, "cdk.tf.json");
  if (!existsSync(file)) return {};
  const document = parsed(file);
  const terraform = isRecord(document) ? document["terraform"] : undefined;
  const backend = isRecord(terraform) ? terraform["backend"] : undefined;
  const [entry] = isRecord(backend) ? Object.entries(backend) : [];
  if (entry === undefined) return {};
  const type = backendType.safeParse(entry[0]);
  return type.success && isRecord(entry[1]) ? families[type.data].variables(entry[1]) : {};
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}
