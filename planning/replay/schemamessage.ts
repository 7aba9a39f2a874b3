import { type Attribute, type Block, type NestedBlock, type ProviderSchema, type Schema } from "./schema";
import { Writer } from "./wire";

const NESTING = { single: 1, list: 2, set: 3, map: 4, group: 5 } as const;

/** The answer to GetSchema. It is the longest message of the protocol (0.5 MB for kubernetes), so a server builds it once. */
export function schemaMessage(schema: ProviderSchema): Buffer {
  const writer = new Writer().message(1, schemaOf(schema.provider));
  for (const [field, types] of [
    [2, schema.resource_schemas],
    [3, schema.data_source_schemas],
  ] as const) {
    for (const [type, of] of Object.entries(types))
      writer.message(field, new Writer().text(1, type).message(2, schemaOf(of)));
  }
  return writer.finish();
}

function schemaOf(schema: Schema): Writer {
  return new Writer().int(1, schema.version).message(2, blockOf(schema.block));
}

function blockOf(block: Block): Writer {
  return new Writer()
    .messages(
      2,
      Object.entries(block.attributes ?? {}).map(([name, attribute]) => attributeOf(name, attribute)),
    )
    .messages(
      3,
      Object.entries(block.block_types ?? {}).map(([name, nested]) => nestedOf(name, nested)),
    )
    .bool(6, block.deprecated);
}

function attributeOf(name: string, attribute: Attribute): Writer {
  return new Writer()
    .text(1, name)
    .text(2, JSON.stringify(attribute.type))
    .bool(4, attribute.required)
    .bool(5, attribute.optional)
    .bool(6, attribute.computed)
    .bool(7, attribute.sensitive)
    .bool(9, attribute.deprecated)
    .bool(10, attribute.write_only);
}

function nestedOf(name: string, nested: NestedBlock): Writer {
  return new Writer()
    .text(1, name)
    .message(2, blockOf(nested.block))
    .int(3, NESTING[nested.nesting_mode])
    .int(4, nested.min_items ?? 0)
    .int(5, nested.max_items ?? 0);
}
