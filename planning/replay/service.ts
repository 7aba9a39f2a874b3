import { type ServiceDefinition, type UntypedServiceImplementation, type handleUnaryCall } from "@grpc/grpc-js";

import { type Diagnostic, readRequest, writeAnswer } from "./protocol";
import { type ReplayedProvider } from "./provider";
import { Refusal, cannotMove } from "./refusals";
import { schemaMessage } from "./schemamessage";
import { Fields, type Writer } from "./wire";
import { traceOf } from "../../lib/errors";

const NOTHING = Buffer.alloc(0);

interface Method {
  readonly answer: (request: Fields) => Writer | Buffer;
  /** The field of the answer that holds diagnostics. */
  readonly diagnostics: number;
}

/**
 * The provider service of plugin protocol 5. What is not here (functions, ephemeral resources, identities) grpc answers with
 * "unimplemented", which both engines take for "this provider has none".
 */
export function providerService(provider: ReplayedProvider): [ServiceDefinition, UntypedServiceImplementation] {
  const methods = methodsOf(provider);
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(methods)) {
    definition[name] = {
      path: `/tfplugin5.Provider/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (buffer: Buffer) => buffer,
      requestDeserialize: (buffer: Buffer) => buffer,
      responseSerialize: (buffer: Buffer) => buffer,
      responseDeserialize: (buffer: Buffer) => buffer,
    };
    const handle: handleUnaryCall<Buffer, Buffer> = (call, callback) => callback(null, answer(method, call.request));
    implementation[name] = handle;
  }
  return [definition, implementation];
}

function methodsOf(provider: ReplayedProvider): Readonly<Record<string, Method>> {
  let schema: Buffer | undefined;
  const accept: Method = { answer: () => NOTHING, diagnostics: 1 };
  const recorded = provider.recorded.schema;
  return {
    GetMetadata: {
      answer: () =>
        writeAnswer.metadata(Object.keys(recorded().resource_schemas), Object.keys(recorded().data_source_schemas)),
      diagnostics: 2,
    },
    GetSchema: { answer: () => (schema ??= schemaMessage(recorded())), diagnostics: 4 },
    PrepareProviderConfig: {
      answer: (request) => writeAnswer.prepare(readRequest.prepare(request).config),
      diagnostics: 2,
    },
    // The engine itself checks a configuration against the schema; the real providers' further checks are not recorded.
    ValidateResourceTypeConfig: accept,
    ValidateDataSourceConfig: accept,
    Configure: accept,
    UpgradeResourceState: { answer: (request) => provider.upgrade(readRequest.upgrade(request)), diagnostics: 2 },
    ReadResource: { answer: (request) => provider.read(readRequest.read(request)), diagnostics: 2 },
    PlanResourceChange: { answer: (request) => provider.plan(readRequest.plan(request)), diagnostics: 4 },
    ApplyResourceChange: { answer: (request) => provider.apply(readRequest.apply(request)), diagnostics: 3 },
    ImportResourceState: { answer: (request) => provider.import(readRequest.import(request)), diagnostics: 2 },
    MoveResourceState: { answer: (request) => refuseMove(readRequest.move(request)), diagnostics: 2 },
    ReadDataSource: { answer: (request) => provider.data(readRequest.data(request)), diagnostics: 2 },
    Stop: accept,
  };
}

function refuseMove({ from, to }: ReturnType<typeof readRequest.move>): never {
  throw cannotMove(from, to);
}

function answer(method: Method, request: Buffer): Buffer {
  try {
    const written = method.answer(new Fields(request));
    return Buffer.isBuffer(written) ? written : written.finish();
  } catch (error) {
    return writeAnswer.diagnostics(method.diagnostics, diagnosticOf(error)).finish();
  }
}

function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof Refusal) return error;
  return {
    summary: "the provider replay failed",
    detail: traceOf(error),
  };
}
