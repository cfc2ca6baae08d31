/**
 * A second implementation of the wire format, to hold the compiled codecs against: closures composed from the same
 * definitions, as plainly as can be, sharing nothing with src/protocol but the definitions themselves. It is many times
 * slower (bench/codec.ts), which is one reason why the broker does not use it.
 */
import type { Field, Fields, FieldType, MessageSchema, WireType } from '../../src/protocol/schema/fields.ts';

type Value = unknown;
type Struct = Record<string, Value>;

interface Codec {
  write(value: Value): Buffer;
  read(input: Input): Value;
}

interface Input {
  readonly buffer: Buffer;
  at: number;
}

const LONG_MAX = 2n ** 63n - 1n;

/** A codec for one version of a message. */
export function composeCodec(schema: MessageSchema, version: number) {
  const flexible = contains(schema.flexible, version);
  const codec = structCodec(schema.fields, version, flexible);
  return {
    encode: (value: Value): Buffer => codec.write(value),
    decode: (buffer: Buffer): { value: Value; end: number } => {
      const input = { buffer, at: 0 };
      const value = codec.read(input);
      return { value, end: input.at };
    },
  };
}

/** "3+", "2-5", "3", "none". */
export function contains(range: string, version: number): boolean {
  if (range === 'none') return false;
  if (range.endsWith('+')) return version >= Number(range.slice(0, -1));
  const [min, max = min] = range.split('-').map(Number);
  return version >= min! && version <= max!;
}

export function defaultOf({ type, options }: Field): Value {
  if (options.default !== undefined) return options.default;
  if (type.kind === 'array') return [];
  if (type.kind === 'struct') return defaultsOf(type.fields);
  switch (type.wire) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'uuid':
      return 'A'.repeat(22);
    case 'bytes':
      return Buffer.alloc(0);
    case 'records':
      return null;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'float64':
      return 0;
  }
}

const defaultsOf = (fields: Fields): Struct =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));

const fixed = (
  size: number,
  put: (target: Buffer, value: Value) => void,
  get: (source: Buffer) => Value,
): Codec => ({
  write(value) {
    const target = Buffer.alloc(size);
    put(target, value);
    return target;
  },
  read(input) {
    const source = take(input, size);
    return get(source);
  },
});

function take(input: Input, size: number): Buffer {
  const taken = input.buffer.subarray(input.at, input.at + size);
  if (taken.length !== size) throw new Error('the input is too short');
  input.at += size;
  return taken;
}

const int8 = fixed(
  1,
  (target, value) => target.writeInt8(value as number),
  (source) => source.readInt8(),
);
const int16 = fixed(
  2,
  (target, value) => target.writeInt16BE(value as number),
  (source) => source.readInt16BE(),
);
const int32 = fixed(
  4,
  (target, value) => target.writeInt32BE(value as number),
  (source) => source.readInt32BE(),
);
const int64 = fixed(
  8,
  (target, value) => {
    const long = BigInt(value as number);
    target.writeBigInt64BE(long > LONG_MAX ? LONG_MAX : long);
  },
  (source) => Number(source.readBigInt64BE()),
);

const unsignedVarint: Codec = {
  write(value) {
    const bytes: number[] = [];
    let rest = BigInt(value as number);
    do {
      const more = rest >> 7n > 0n;
      bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
      rest >>= 7n;
    } while (rest > 0n);
    return Buffer.from(bytes);
  },
  read(input) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(input, 1)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  },
};

/** Lengths are written plus one in flexible versions, 0 standing for null; otherwise -1 stands for null. */
const lengthCodec = (flexible: boolean, classic: Codec): Codec =>
  flexible
    ? {
        write: (value) => unsignedVarint.write((value as number) + 1),
        read: (input) => (unsignedVarint.read(input) as number) - 1,
      }
    : classic;

const prefixed = (
  length: Codec,
  toBytes: (value: Value) => Buffer,
  fromBytes: (bytes: Buffer) => Value,
): Codec => ({
  write(value) {
    if (value === null) return length.write(-1);
    const bytes = toBytes(value);
    return Buffer.concat([length.write(bytes.length), bytes]);
  },
  read(input) {
    const size = length.read(input) as number;
    return size < 0 ? null : fromBytes(take(input, size));
  },
});

function primitiveCodec(wire: WireType, flexible: boolean): Codec {
  switch (wire) {
    case 'int8':
      return int8;
    case 'int16':
      return int16;
    case 'int32':
      return int32;
    case 'int64':
      return int64;
    case 'bool':
      return {
        write: (value) => int8.write(value === true ? 1 : 0),
        read: (input) => int8.read(input) !== 0,
      };
    case 'float64':
      return fixed(
        8,
        (target, value) => target.writeDoubleBE(value as number),
        (source) => source.readDoubleBE(),
      );
    case 'uuid':
      return fixed(
        16,
        (target, value) => target.set(Buffer.from(value as string, 'base64url')),
        (source) => source.toString('base64url'),
      );
    case 'string':
      return prefixed(
        lengthCodec(flexible, int16),
        (value) => Buffer.from(value as string),
        (bytes) => bytes.toString(),
      );
    case 'bytes':
    case 'records':
      return prefixed(
        lengthCodec(flexible, int32),
        (value) => value as Buffer,
        (bytes) => bytes,
      );
  }
}

function arrayCodec(element: Codec, flexible: boolean): Codec {
  const length = lengthCodec(flexible, int32);
  return {
    write(value) {
      if (value === null) return length.write(-1);
      const elements = value as Value[];
      return Buffer.concat([length.write(elements.length), ...elements.map((one) => element.write(one))]);
    },
    read(input) {
      const count = length.read(input) as number;
      return count < 0 ? null : Array.from({ length: count }, () => element.read(input));
    },
  };
}

const nullableStruct = (content: Codec): Codec => ({
  write: (value) => (value === null ? int8.write(-1) : Buffer.concat([int8.write(1), content.write(value)])),
  read: (input) => ((int8.read(input) as number) < 0 ? null : content.read(input)),
});

function typeCodec(type: FieldType, version: number, flexible: boolean): Codec {
  switch (type.kind) {
    case 'primitive':
      return primitiveCodec(type.wire, flexible);
    case 'struct':
      return structCodec(type.fields, version, flexible);
    case 'array':
      return arrayCodec(typeCodec(type.element, version, flexible), flexible);
  }
}

function fieldCodec({ type, options }: Field, version: number, flexible: boolean): Codec {
  const codec = typeCodec(type, version, flexible && options.flexible !== 'none');
  const nullable = options.nullable !== undefined && contains(options.nullable, version);
  return type.kind === 'struct' && nullable ? nullableStruct(codec) : codec;
}

function structCodec(fields: Fields, version: number, flexible: boolean): Codec {
  const present = Object.entries(fields)
    .filter(([, field]) => contains(field.versions, version))
    .map(([name, field]) => ({ name, field, codec: fieldCodec(field, version, flexible) }));
  const inline = present.filter(({ field }) => field.options.tag === undefined);
  const tagged = present
    .filter(({ field }) => field.options.tag !== undefined)
    .sort((a, b) => a.field.options.tag! - b.field.options.tag!);
  return {
    write(value) {
      const struct = value as Struct;
      const parts = inline.map(({ name, codec }) => codec.write(struct[name]));
      if (!flexible) return Buffer.concat(parts);
      const sent = tagged.filter(({ name, field }) => !same(struct[name], defaultOf(field)));
      parts.push(unsignedVarint.write(sent.length));
      for (const { name, field, codec } of sent) {
        const content = codec.write(struct[name]);
        parts.push(unsignedVarint.write(field.options.tag), unsignedVarint.write(content.length), content);
      }
      return Buffer.concat(parts);
    },
    read(input) {
      const struct = defaultsOf(fields);
      for (const { name, codec } of inline) struct[name] = codec.read(input);
      if (!flexible) return struct;
      for (let count = unsignedVarint.read(input) as number; count > 0; count--) {
        const tag = unsignedVarint.read(input);
        const content = take(input, unsignedVarint.read(input) as number);
        const known = tagged.find(({ field }) => field.options.tag === tag);
        if (known !== undefined) struct[known.name] = known.codec.read({ buffer: content, at: 0 });
      }
      return struct;
    },
  };
}

const same = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);
