import { styleText } from "node:util";
import { runChild } from "../child";
import { parsedJson } from "../json";
import { isRecord } from "../config/kind";
import { forTerminal, linesForTerminal } from "../text/terminal";
import { type ShownRun } from "./run";

interface ApplyRun extends Pick<ShownRun, "engine" | "folder" | "env" | "output"> {
  /** The plan, from the folder; and what else `apply` is told. */
  readonly args: readonly string[];
  /** Whether who looks at it wants colour. */
  readonly colour: boolean;
}

/** How an apply of the engine's ended. */
export interface ApplyEnd {
  /** Undefined where it did not run to its end: `stopped` says why. */
  readonly exitCode: number | undefined;
  /** What stopped it: Interrupted after a signal, UserError where it could not be started. */
  readonly stopped?: unknown;
  /** It was never started, or has said by its own protocol all that it did, and that was nothing. Otherwise it may have begun. */
  readonly idle: boolean;
  /** Its errors, as people read them. */
  readonly said: string;
}

/** What an engine tells before it begins to change anything, and afterwards; all else is a change, or its progress. */
const idleTypes = [
  "version",
  "log",
  "diagnostic",
  "planned_change",
  "resource_drift",
  "change_summary",
  "outputs",
  "refresh_start",
  "refresh_complete",
];

/**
 * Has the engine apply a saved plan, before people: by its JSON lines (https://developer.hashicorp.com/terraform/internals/machine-readable-ui),
 * since these alone say whether it had begun to change anything when it ended. Never throws for how it ended.
 */
export async function applyEngine({ engine, folder, env, output, args, colour }: ApplyRun): Promise<ApplyEnd> {
  let spawned = false;
  let spoke = false;
  let began = false;
  let said = "";
  const out = output === "to stdout" ? process.stdout : process.stderr;
  const onLine = (line: string): void => {
    if (line.trim() === "") return;
    const message = parsedJson(line);
    const type = isRecord(message) ? message["type"] : undefined;
    if (!isRecord(message) || typeof type !== "string") {
      began = true;
      out.write(`${forTerminal(line)}\n`);
      return;
    }
    if (type === "version") spoke = true;
    else if (!idleTypes.includes(type)) began = true;
    if (type === "diagnostic") {
      const text = diagnosticText(message["diagnostic"]);
      said += `${text}\n`;
      process.stderr.write(`${colour ? styleText("red", text) : text}\n`);
    } else if (type === "outputs") out.write(outputsText(message["outputs"]));
    else if (type !== "version") out.write(`${forTerminal(String(message["@message"] ?? type))}\n`);
  };
  const lines = byLine(onLine);
  let exitCode: number | undefined;
  let failure: { readonly stopped: unknown } | undefined;
  try {
    ({ exitCode } = await runChild({
      program: engine,
      args: ["apply", "-input=false", "-no-color", "-json", ...args],
      folder,
      env,
      private: true,
      stderr: "to stderr",
      onStdout: lines.push,
      onStderr: (text) => (said += text),
      onSpawn: () => (spawned = true),
    }));
  } catch (stopped) {
    failure = { stopped };
  }
  lines.end();
  return { exitCode, ...failure, idle: !spawned || (spoke && !began), said };
}

function byLine(onLine: (line: string) => void) {
  let rest = "";
  return {
    push: (text: string): void => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    },
    end: (): void => onLine(rest),
  };
}

function diagnosticText(value: unknown): string {
  if (!isRecord(value)) return "";
  const { severity, summary, detail, address } = value;
  const head = `${severity === "warning" ? "Warning" : "Error"}: ${String(summary)}${typeof address === "string" ? ` (${address})` : ""}`;
  const body = typeof detail === "string" && detail !== "" ? `\n\n${detail}` : "";
  return linesForTerminal(`\n${head}${body}\n`);
}

/** The names, and what is not sensitive. */
function outputsText(value: unknown): string {
  if (!isRecord(value)) return "";
  const lines = Object.entries(value).map(([name, output]) => {
    const shown = isRecord(output) && output["sensitive"] === false ? JSON.stringify(output["value"]) : "(sensitive)";
    return `${forTerminal(`${name} = ${shown}`)}\n`;
  });
  return lines.length === 0 ? "" : `\nOutputs:\n\n${lines.join("")}`;
}
