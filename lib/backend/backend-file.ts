import { everyStack } from "../../lib/config/load";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type BackendType } from "../config/backends";
import { tokenInFile } from "../config/refusals";
import { readText } from "../config/text-file";
import { looksLikeToken } from "../config/token";
import { type Problem, refuseIfAny, UserError } from "../errors";
import { parseHcl } from "../hcl";
import { type PlaceRequest } from "./family";
import { expressionInBackendFile, noBackendFile, secretInBackendFile, twoKinds } from "./refusals";

/** A backend file as operators pass it to `init -backend-config`, read and not yet looked at: flat HCL attributes. */
export interface BackendFile {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** By the attribute that only one family has, `address` or `bucket`; undefined where it has neither. */
  readonly kind: "http" | "s3" | undefined;
  /** Where an attribute stands, for errors. */
  placeOf(key: string): Required<Pick<Problem, "file" | "key">> & Pick<Problem, "line">;
}

/** Reads a backend file. @throws UserError where there is none, it is no HCL text, or it names an address and a bucket. */
export async function readBackendFile(file: string): Promise<BackendFile> {
  if (!existsSync(file)) throw noBackendFile(file);
  const { text, problems } = readText(file);
  refuseIfAny(problems);
  const values = await parseHcl(file, text);
  const isHttp = Object.hasOwn(values, "address");
  const isS3 = Object.hasOwn(values, "bucket");
  if (isHttp && isS3) throw twoKinds(file);
  const lines = text.split("\n");
  return {
    file,
    values,
    kind: isHttp ? "http" : isS3 ? "s3" : undefined,
    placeOf: (key) => {
      // The parser has taken it, so it is an identifier: letters, digits, _ and -.
      const line = lines.findIndex((row) => new RegExp(`^\\s*${key}(?![\\w-])`).test(row)) + 1;
      return { file, key, ...(line > 0 ? { line } : {}) };
    },
  };
}

const credentials = /^(password|access_key|secret_key|token|sse_customer_key|client_.*_pem)$/;

/** Credentials in a backend file: their one source is the environment. The values are not repeated. */
export function secretsIn({ values, placeOf }: BackendFile): readonly Problem[] {
  return Object.keys(values).flatMap((key) => (credentials.test(key) ? [secretInBackendFile(placeOf(key))] : []));
}

/** What is wrong with a text wherever it stands: what an engine or cdktf would replace by something else. */
export function replacedText(place: ReturnType<BackendFile["placeOf"]>, value: unknown): readonly Problem[] {
  if (looksLikeToken(value)) return [tokenInFile(place)];
  return typeof value === "string" && /[$%]\{/.test(value) ? [expressionInBackendFile(place)] : [];
}

/** The backend files of a stack, by the variables of today. */
interface FilesOfToday {
  /** TOFU_BACKEND_CONFIG_FILE: the same for all stacks of a run. */
  readonly single: string | undefined;
  /** TOFU_BACKEND_CONFIG_DIR. */
  readonly folder: string | undefined;
  /** The stack's own file in that folder: `<stack>-<env>.hcl`, or `<stack>.hcl` where only one environment has the stack. */
  readonly inFolder: string | undefined;
}

/** Which they are; whether the single one exists is not looked at. */
export function filesOfToday({
  configuration,
  stack,
  environment,
}: Pick<PlaceRequest, "configuration" | "stack" | "environment">): FilesOfToday {
  const folder = environment["TOFU_BACKEND_CONFIG_DIR"] || undefined;
  const isOnly = everyStack(configuration).filter((other) => other.stack === stack.stack).length === 1;
  const names = isOnly ? [stack.stateName, stack.stack] : [stack.stateName];
  return {
    single: environment["TOFU_BACKEND_CONFIG_FILE"] || undefined,
    folder,
    inFolder: folder === undefined ? undefined : names.map((name) => join(folder, `${name}.hcl`)).find(existsSync),
  };
}

/** A file of today that is for another backend than `backend`; undefined where there is none, or none that can be read. */
export async function fileOfOtherKind(
  request: Pick<PlaceRequest, "configuration" | "stack" | "environment">,
  backend: BackendType,
): Promise<BackendFile | undefined> {
  const { single, inFolder } = filesOfToday(request);
  for (const file of [single, inFolder]) {
    if (file === undefined) continue;
    const read = await readBackendFile(file).catch((error: unknown) => {
      // Nothing is taken from this file, so its other mistakes are not told.
      if (error instanceof UserError) return undefined;
      throw error;
    });
    if (read?.kind !== undefined && read.kind !== backend) return read;
  }
  return undefined;
}
