import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type StackName } from "../../../lib/config/names";

/** Facts recorded from the HCL stacks. What they mean: README.md of the folder they were copied from, and fixtures/README.md here. */
const fixtures = join(__dirname, "fixtures");

/** The stacks that were HCL once. No stack that comes later is one of them. */
export const formerStacks: readonly StackName[] = ["attic", "arc-runners", "gitlab-runners", "runner-dashboard"];

export type Values = Readonly<Record<string, unknown>>;

/** A resource as the old stack plans it. */
export interface FactResource {
  readonly address: string;
  readonly type: string;
  readonly values: Values;
  readonly unknown: readonly string[];
  readonly sensitive: readonly string[];
}

export interface FactOutput {
  readonly sensitive: boolean;
  readonly value: unknown;
}

/** What changes in a case where the generated passwords are in the prior state already. */
interface FixedPasswords {
  /** The passwords, by the old addresses. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Whole top-level attributes, by the old addresses. */
  readonly values: Readonly<Record<string, Values>>;
  readonly sensitive: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface FactCase {
  readonly stack: string;
  readonly case: string;
  readonly variables: Values;
  readonly resources: readonly FactResource[];
  readonly outputs: Readonly<Record<string, FactOutput>>;
  readonly with_fixed_passwords?: FixedPasswords;
}

/** An input that must be refused. `base: use_minio` is put under it; `{unset: name}` takes a setting away. */
export interface InvalidInput {
  readonly input: Values | "terraform.tfvars.example as is";
  readonly variable: string | null;
  readonly base?: string;
}

interface InvalidInputs {
  readonly rejected: readonly InvalidInput[];
  readonly accepted_though_doubtful: readonly InvalidInput[];
}

export interface VariableFact {
  readonly name: string;
  readonly type: string;
  readonly sensitive: boolean;
  readonly required?: boolean;
  readonly default?: unknown;
}

/** A state that the HCL stack wrote, and the variables it was written with. */
export interface RecordedState {
  readonly stack: string;
  readonly name: string;
  readonly file: string;
  readonly variables: Values;
}

const invalidFile = "invalid.json";

/** Every folder in fixtures/cases, whether the program knows such a stack or not. */
export function recordedStacks(): readonly string[] {
  return readdirSync(join(fixtures, "cases")).sort();
}

export function readCases(stack: string): readonly FactCase[] {
  const folder = join(fixtures, "cases", stack);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== invalidFile);
  return files.sort().map((name) => readJson<FactCase>(join(folder, name)));
}

export function readInvalid(stack: string): InvalidInputs {
  const file = join(fixtures, "cases", stack, invalidFile);
  return existsSync(file) ? readJson<InvalidInputs>(file) : { rejected: [], accepted_though_doubtful: [] };
}

export function readVariables(stack: string): readonly VariableFact[] {
  const file = join(fixtures, "variables", `${stack}.json`);
  return existsSync(file) ? readJson<VariableFact[]>(file) : [];
}

export function readStates(stack: string): readonly RecordedState[] {
  const folder = join(fixtures, "states", stack);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".tfstate"))
    .map((file) => file.replace(/\.tfstate$/, ""));
  return names.sort().map((name) => ({
    stack,
    name,
    file: join(folder, `${name}.tfstate`),
    variables: readJson<Values>(join(folder, `${name}.variables.json`)),
  }));
}

/** The three organization.yaml of today. */
export function organizationFiles(): readonly string[] {
  return readdirSync(join(fixtures, "organization"))
    .sort()
    .map((name) => join(fixtures, "organization", name));
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T; // the fixtures' documented shape
}
