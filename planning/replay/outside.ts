import { z } from "zod";
import { findingsOf } from "../../lib/config/issue";
import { reportTo } from "../../lib/config/report";
import { readSource } from "../../lib/config/source";
import { type Problem, refuseIfAny } from "../../lib/errors";
import { noSuchAttribute } from "./refusals";
import { type Value, type ValueMap, isList, isMap } from "./values";

const pathSyntax = /^[A-Za-z_][\w-]*(\[\d+\]|\.[^.[\]]+)*$/;

/** One object that somebody is said to have changed by hand. */
const changeSchema = z
  .strictObject(
    {
      type: z.string().min(1, "a resource type"),
      id: z.string().min(1, "the object's id, as the state has it"),
      /** It is not there any more. */
      gone: z.literal(true, "true, or nothing").optional(),
      /** What its attributes are now, by paths as the engines write them. */
      attributes: z.record(z.string().regex(pathSyntax, "a path, such as spec[0].replicas"), z.json()).optional(),
    },
    "only type, id, gone and attributes",
  )
  .refine(
    ({ gone, attributes }) => (gone === undefined) !== (attributes === undefined),
    "either gone: true or attributes, and not both",
  );

const schema = z.strictObject({ outside: z.array(changeSchema) }, "only `outside`");

export type OutsideChange = z.output<typeof changeSchema>;

/** What a file says was changed outside. @throws UserError with everything that is wrong with it. */
export function readOutside(file: string): readonly OutsideChange[] {
  const { source, problems } = readSource(file);
  refuseIfAny(problems);
  const result = schema.safeParse(source.value ?? {});
  if (result.success) return result.data.outside;
  const found: Problem[] = [];
  const report = reportTo(found, source);
  for (const { path, ...finding } of findingsOf(schema, result.error.issues, source.value)) report(path, finding);
  refuseIfAny(found);
  return [];
}

/** The change that is told of an object, where there is one. */
export function changeOf(
  changes: readonly OutsideChange[],
  type: string,
  current: ValueMap,
): OutsideChange | undefined {
  return changes.find((change) => change.type === type && change.id === current["id"]);
}

/** The object as it is after the change; null where it is gone. @throws Refusal where it has no such attribute. */
export function changed(current: ValueMap, { type, gone, attributes = {} }: OutsideChange): Value {
  if (gone === true) return null;
  let value: Value = current;
  for (const [path, given] of Object.entries(attributes)) {
    const steps = [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
      index === undefined ? (name ?? "") : Number(index),
    );
    value = set(value, steps, given, () => noSuchAttribute(type, path));
  }
  return value;
}

function set(value: Value, [step, ...rest]: readonly (string | number)[], given: Value, refusal: () => Error): Value {
  if (step === undefined) return given;
  if (typeof step === "number") {
    if (!isList(value) || step >= value.length) throw refusal();
    return value.map((item, index) => (index === step ? set(item, rest, given, refusal) : item));
  }
  // A map of texts that is empty may be null; what is a block has all its attributes.
  if (value === null && rest.length === 0) return { [step]: given };
  if (!isMap(value)) throw refusal();
  return { ...value, [step]: set(value[step] ?? null, rest, given, refusal) };
}
