import { type z } from "zod";
import { recordUnreadable } from "../refusals";
import { type ConditionalObject } from "./conditional-object";
import { parsedJson } from "../../lib/json";

/** A record as it is now, with what a change of it compares with. */
export interface Kept<T> {
  readonly record: T;
  readonly version: string;
}

/** The bytes of a record. */
export function encodeRecord(record: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/** The record in these bytes; undefined where they are none. */
export function decodeRecord<T>(schema: z.ZodType<T>, bytes: Buffer): T | undefined {
  return schema.safeParse(parsedJson(bytes)).data;
}

/** What an object says; undefined where there is none. @throws UserError `record-unreadable` for one that is no such record. */
export async function readRecord<T>(
  object: ConditionalObject,
  schema: z.ZodType<T>,
  what: string,
): Promise<Kept<T> | undefined> {
  const stored = await object.read();
  if (stored === undefined) return undefined;
  const record = decodeRecord(schema, stored.bytes);
  if (record === undefined) throw recordUnreadable(object.description, what);
  return { record, version: stored.version };
}
