/** The wire format of protocol buffers, as far as plugin protocol 5 needs it: varints, byte strings and messages in messages. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Writes one message field by field. Default values are left out, as proto3 does. */
export class Writer {
  private readonly parts: (Uint8Array | Writer)[] = [];
  private size = 0;

  /** A signed or unsigned integer field, negative numbers in 64-bit two's complement. */
  int(field: number, value: number | bigint): this {
    return value === 0 || value === 0n ? this : this.index(field, value);
  }

  /** An integer that is written even when it is 0: in a choice its presence says which one was made. */
  index(field: number, value: number | bigint): this {
    return this.push(varint((field << 3) | VARINT)).push(varint(value));
  }

  bool(field: number, value: boolean | undefined): this {
    return this.int(field, value === true ? 1 : 0);
  }

  text(field: number, value: string): this {
    return value === "" ? this : this.bytes(field, Buffer.from(value, "utf8"));
  }

  /** A byte string. An empty one is left out. */
  bytes(field: number, value: Uint8Array): this {
    return value.length === 0
      ? this
      : this.push(varint((field << 3) | BYTES))
          .push(varint(value.length))
          .push(value);
  }

  /** A complete message in the message. It is written even when it is empty: its presence says something. */
  message(field: number, value: Writer): this {
    this.push(varint((field << 3) | BYTES)).push(varint(value.size));
    this.parts.push(value);
    this.size += value.size;
    return this;
  }

  /** A repeated message. */
  messages(field: number, values: readonly Writer[]): this {
    for (const value of values) this.message(field, value);
    return this;
  }

  finish(): Buffer {
    const buffer = Buffer.allocUnsafe(this.size);
    this.copyTo(buffer, 0);
    return buffer;
  }

  private copyTo(buffer: Buffer, start: number): number {
    let at = start;
    for (const part of this.parts) {
      if (part instanceof Writer) at = part.copyTo(buffer, at);
      else {
        buffer.set(part, at);
        at += part.length;
      }
    }
    return at;
  }

  private push(part: Uint8Array): this {
    this.parts.push(part);
    this.size += part.length;
    return this;
  }
}

/** The fields of one message by number. Of a field that came more than once the last value counts; unknown ones are ignored. */
export class Fields {
  private readonly chunks = new Map<number, Uint8Array>();
  private readonly numbers = new Map<number, bigint>();

  constructor(buffer: Uint8Array) {
    let at = 0;
    const next = (): bigint => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = buffer[at++];
        if (byte === undefined) throw new Error("truncated protocol message");
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return BigInt.asIntN(64, value);
      }
    };
    while (at < buffer.length) {
      const key = Number(next());
      const field = key >>> 3;
      const kind = key & 7;
      if (kind === VARINT) this.numbers.set(field, next());
      else if (kind === FIXED64) at += 8;
      else if (kind === FIXED32) at += 4;
      else if (kind === BYTES) {
        const length = Number(next());
        if (at + length > buffer.length) throw new Error("truncated protocol message");
        this.chunks.set(field, buffer.subarray(at, at + length));
        at += length;
      } else throw new Error(`unexpected wire type ${kind} in a protocol message`);
    }
  }

  int(field: number): number {
    return Number(this.numbers.get(field) ?? 0n);
  }

  bytes(field: number): Uint8Array {
    return this.chunks.get(field) ?? new Uint8Array();
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString("utf8");
  }

  /** A message in the message; an absent one reads as an empty one. */
  message(field: number): Fields {
    return new Fields(this.bytes(field));
  }
}

/** One byte each: most keys and lengths. */
const SMALL = Array.from({ length: 0x80 }, (_, value) => Uint8Array.of(value));

function varint(value: number | bigint): Uint8Array {
  if (typeof value === "number" && value >= 0 && value < 0x80) return SMALL[value] ?? Uint8Array.of(value);
  // Keys and lengths; the general form below is an order of magnitude slower.
  if (typeof value === "number" && value >= 0x80 && value < 0x4000)
    return Uint8Array.of((value & 0x7f) | 0x80, value >> 7);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
