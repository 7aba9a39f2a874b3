import { fillUnknown } from "./apply";
import { conformState } from "./conform";
import { readData } from "./data";
import { IMPORTED, importedState, isImported, knownReplacements } from "./import";
import { peculiaritiesOf } from "./peculiarities";
import { planResource } from "./plan";
import {
  type ApplyRequest,
  type DataRequest,
  type ImportRequest,
  type PlanRequest,
  type ReadRequest,
  type UpgradeRequest,
  writeAnswer,
} from "./protocol";
import { stateOfNewerProvider, noRecordedSchema } from "./refusals";
import { replacementPaths } from "./replace";
import { type RecordedProvider, type Schema } from "./schema";
import { rulesOf } from "./semantics";
import { type Writer } from "./wire";
import { type OutsideChange, changed, changeOf } from "./outside";
import { type Value, decodeValue, isMap } from "./values";

const NOTHING = new Uint8Array();

/** One recorded provider, answering what an engine asks about resources. It keeps nothing: the state is the engine's. */
export class ReplayedProvider {
  constructor(
    readonly recorded: RecordedProvider,
    /** What is said to be changed outside, at each look. */
    private readonly outside: () => readonly OutsideChange[] = () => [],
  ) {}

  /** A read resource is what the state says, byte for byte, but for what is said to be changed outside: of that the engine warns. */
  read({ typeName, current, private: meta }: ReadRequest): Writer {
    const changes = this.outside();
    if (changes.length === 0) return writeAnswer.read(current, meta);
    const value = decodeValue(current);
    const change = isMap(value) ? changeOf(changes, typeName, value) : undefined;
    if (change === undefined || !isMap(value)) return writeAnswer.read(current, meta);
    return writeAnswer.readOutside(changed(value, change), meta, {
      summary: `replay: ${typeName} ${change.id} is ${change.gone === true ? "gone" : "changed"} outside, as it was told`,
      detail: "Nobody has looked at an object: this drift is an input of the replay (docs/replay.md).",
    });
  }

  /** A state out of storage: brought into the form of the recorded schema, unless it was written by a newer provider. */
  upgrade({ typeName, version, json }: UpgradeRequest): Writer {
    const schema = this.resource(typeName);
    if (version > schema.version) {
      throw stateOfNewerProvider({
        typeName,
        version,
        address: this.recorded.address,
        thisVersion: this.recorded.version,
        schemaVersion: schema.version,
      });
    }
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a state file is JSON, which Value describes, too; conformState makes the rest fit
    const state = JSON.parse(Buffer.from(json).toString("utf8")) as Value;
    return writeAnswer.upgrade(conformState(schema.block, state));
  }

  plan({ typeName, prior, config, private: meta }: PlanRequest): Writer {
    const { block } = this.resource(typeName);
    // No configuration means a destroy, which a provider plans without change.
    if (!isMap(config)) return writeAnswer.plan(null, [], meta);
    const before = isMap(prior) ? prior : null;
    const rules = rulesOf(typeName);
    const own = peculiaritiesOf(typeName);
    const general = planResource(block, rules, before, own.config?.(config) ?? config);
    const planned = own.planned?.(general, before) ?? general;
    const replacing =
      before === null
        ? []
        : [...replacementPaths(block, rules, before, planned), ...(own.replacing?.(before, planned) ?? [])];
    return writeAnswer.plan(
      planned,
      before !== null && isImported(meta) ? knownReplacements(before, replacing) : replacing,
      meta,
    );
  }

  apply({ typeName, planned, private: meta }: ApplyRequest): Writer {
    const { block } = this.resource(typeName);
    if (!isMap(planned)) return writeAnswer.applied(null, meta);
    return writeAnswer.applied(
      fillUnknown(block, planned, peculiaritiesOf(typeName).filler(planned)),
      isImported(meta) ? NOTHING : meta,
    );
  }

  import({ typeName, id }: ImportRequest): Writer {
    return writeAnswer.import(typeName, importedState(typeName, this.resource(typeName).block, id), IMPORTED);
  }

  data({ typeName, config }: DataRequest): Writer {
    const schema = this.recorded.schema().data_source_schemas[typeName] ?? this.unrecorded("data source", typeName);
    return writeAnswer.data(readData(typeName, schema.block, isMap(config) ? config : {}));
  }

  /** The schema of a resource type, or a refusal that says where schemas are kept. */
  resource(type: string): Schema {
    return this.recorded.schema().resource_schemas[type] ?? this.unrecorded("resource type", type);
  }

  private unrecorded(what: string, type: string): never {
    const { address, version } = this.recorded;
    throw noRecordedSchema({ what, type, address, version });
  }
}
