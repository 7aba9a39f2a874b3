import { type Path } from "./replace";
import { type Fields, Writer } from "./wire";
import { type Value, decodeValue, encodeValue } from "./values";

/**
 * Plugin protocol 5 (tfplugin5): the messages a provider reads and answers, by their field numbers. What replay neither reads
 * nor answers is left out: a reader ignores unknown fields, and an absent field is its default.
 */

export interface Diagnostic {
  readonly summary: string;
  readonly detail: string;
}

/**
 * A diagnostic is an error, so that a plan reads as it does with the real providers; but of what is said to be changed outside, which nobody
 * has seen, is warned.
 */
const [ERROR, WARNING] = [1, 2];

interface ResourceRequest {
  readonly typeName: string;
}

export interface UpgradeRequest extends ResourceRequest {
  readonly version: number;
  readonly json: Uint8Array;
}

export interface ReadRequest extends ResourceRequest {
  readonly current: Uint8Array;
  readonly private: Uint8Array;
}

export interface PlanRequest extends ResourceRequest {
  readonly prior: Value;
  readonly config: Value;
  readonly private: Uint8Array;
}

export interface ApplyRequest extends ResourceRequest {
  readonly planned: Value;
  readonly config: Value;
  readonly private: Uint8Array;
}

export interface ImportRequest extends ResourceRequest {
  readonly id: string;
}

export interface DataRequest extends ResourceRequest {
  readonly config: Value;
}

const dynamic = (fields: Fields, field: number): Value => decodeValue(fields.message(field).bytes(1));

export const readRequest = {
  prepare: (fields: Fields) => ({ config: fields.message(1).bytes(1) }),
  upgrade: (fields: Fields): UpgradeRequest => ({
    typeName: fields.text(1),
    version: fields.int(2),
    json: fields.message(3).bytes(1),
  }),
  resource: (fields: Fields): ResourceRequest => ({ typeName: fields.text(1) }),
  read: (fields: Fields): ReadRequest => ({
    typeName: fields.text(1),
    current: fields.message(2).bytes(1),
    private: fields.bytes(3),
  }),
  plan: (fields: Fields): PlanRequest => ({
    typeName: fields.text(1),
    prior: dynamic(fields, 2),
    config: dynamic(fields, 4),
    private: fields.bytes(5),
  }),
  apply: (fields: Fields): ApplyRequest => ({
    typeName: fields.text(1),
    planned: dynamic(fields, 3),
    config: dynamic(fields, 4),
    private: fields.bytes(5),
  }),
  import: (fields: Fields): ImportRequest => ({ typeName: fields.text(1), id: fields.text(2) }),
  data: (fields: Fields): DataRequest => ({ typeName: fields.text(1), config: dynamic(fields, 2) }),
  move: (fields: Fields) => ({ from: fields.text(2), to: fields.text(5) }),
};

export const writeAnswer = {
  /** An answer that says nothing but perhaps what is wrong. `field` is where the message keeps its diagnostics. */
  diagnostics: (field: number, diagnostic?: Diagnostic): Writer => withDiagnostic(new Writer(), field, diagnostic),
  prepare: (config: Uint8Array): Writer => new Writer().message(1, new Writer().bytes(1, config)),
  upgrade: (state: Value): Writer => new Writer().message(1, value(state)),
  read: (current: Uint8Array, meta: Uint8Array): Writer =>
    new Writer().message(1, new Writer().bytes(1, current)).bytes(3, meta),
  readOutside: (state: Value, meta: Uint8Array, warning: Diagnostic): Writer =>
    withDiagnostic(new Writer().message(1, value(state)), 2, warning, WARNING).bytes(3, meta),
  plan: (planned: Value, replacing: readonly Path[], meta: Uint8Array): Writer =>
    new Writer().message(1, value(planned)).messages(2, replacing.map(path)).bytes(3, meta).bool(5, true),
  applied: (state: Value, meta: Uint8Array): Writer =>
    new Writer().message(1, value(state)).bytes(2, meta).bool(4, true),
  import: (typeName: string, state: Value, meta: Uint8Array): Writer =>
    new Writer().message(1, new Writer().text(1, typeName).message(2, value(state)).bytes(3, meta)),
  data: (state: Value): Writer => new Writer().message(1, value(state)),
  metadata: (types: readonly string[], dataTypes: readonly string[]): Writer =>
    new Writer().messages(3, dataTypes.map(named)).messages(4, types.map(named)),
};

function value(of: Value): Writer {
  return new Writer().bytes(1, encodeValue(of));
}

function path(steps: Path): Writer {
  return new Writer().messages(
    1,
    // Index 0 is a set member of a choice, so it is written although it is the default.
    steps.map((step) => (typeof step === "string" ? new Writer().text(1, step) : new Writer().index(3, step))),
  );
}

function named(name: string): Writer {
  return new Writer().text(1, name);
}

function withDiagnostic(
  writer: Writer,
  field: number,
  diagnostic: Diagnostic | undefined,
  severity: number = ERROR,
): Writer {
  if (diagnostic === undefined) return writer;
  return writer.message(field, new Writer().int(1, severity).text(2, diagnostic.summary).text(3, diagnostic.detail));
}
