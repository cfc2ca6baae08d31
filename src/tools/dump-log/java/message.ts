/**
 * Reads a message of Kafka's protocol into the JSON that the original's converters make of it, with the exceptions of the
 * original's generated code. The codecs of src/protocol are made for speed and throw what a broker needs to know; this
 * is for bytes of unknown origin, in any version they claim to be of, and for every bit of a long.
 */
import type { ByteBuffer } from './byte-buffer.ts';
import { JavaException, runtimeException } from './exception.ts';
import { Double, jsonText, type Json, type JsonObject } from './json.ts';
import { javaText } from './text.ts';
import type { FieldShape, MessageShape, Span } from './message-shape.ts';

const STRING_BYTES_MAX = 0x7fff;

export function readMessage(shape: MessageShape, version: number, buffer: ByteBuffer): JsonObject {
  return new MessageReader(shape, version, buffer).struct(shape.fields);
}

class MessageReader {
  readonly #shape: MessageShape;
  readonly #version: number;
  readonly #buffer: ByteBuffer;
  readonly #isFlexible: boolean;

  constructor(shape: MessageShape, version: number, buffer: ByteBuffer) {
    this.#shape = shape;
    this.#version = version;
    this.#buffer = buffer;
    this.#isFlexible = version >= shape.flexibleFrom;
  }

  struct(fields: readonly FieldShape[]): JsonObject {
    const values = new Map<FieldShape, Json>();
    const present = fields.filter(({ versions }) => this.#has(versions));
    for (const field of present) if (field.tag === undefined) values.set(field, this.#field(field));
    if (this.#isFlexible) this.#tagged(present, values);
    const json: JsonObject = new Map();
    for (const field of present) {
      const value = values.get(field);
      const isAbsent = value === undefined || (field.tag !== undefined && jsonText(value) === field.absent);
      if (!isAbsent) json.set(field.name, value);
    }
    return json;
  }

  /** The generated code compares a version with those ends of a range only at which valid versions lie outside. */
  #has({ from, to }: Span): boolean {
    const { versions } = this.#shape;
    return (from <= versions.from || this.#version >= from) && (to >= versions.to || this.#version <= to);
  }

  #tagged(fields: readonly FieldShape[], values: Map<FieldShape, Json>): void {
    for (let count = this.#buffer.unsignedVarint(); count > 0; count--) {
      const tag = this.#buffer.unsignedVarint();
      const size = this.#buffer.unsignedVarint();
      const field = fields.find((one) => one.tag === tag);
      if (field === undefined) this.#buffer.array(size);
      else values.set(field, this.#field(field));
    }
  }

  #field(field: FieldShape): Json {
    if (field.isArray) return this.#array(field);
    if (typeof field.type !== 'string') {
      if (field.isNullable && this.#buffer.byte() < 0) return null;
      return this.#nested(field.name, field.type);
    }
    return this.#primitive(field.type, field.name, field.isNullable);
  }

  #array(field: FieldShape): Json {
    const length = this.#isFlexible ? this.#buffer.unsignedVarint() - 1 : this.#buffer.int();
    if (length < 0) {
      if (field.isNullable) return null;
      throw runtimeException(`non-nullable field ${field.name} was serialized as null`);
    }
    const { remaining } = this.#buffer;
    if (length > remaining)
      throw runtimeException(
        `Tried to allocate a collection of size ${length}, but there are only ${remaining} bytes remaining.`,
      );
    const { type, name } = field;
    return Array.from({ length }, () =>
      typeof type === 'string' ? this.#primitive(type, `${name} element`, false) : this.#nested(name, type),
    );
  }

  /** Messages are read in any version, what is in them is not. */
  #nested(name: string, fields: readonly FieldShape[]): JsonObject {
    if (this.#version > this.#shape.versions.to)
      throw new JavaException(
        'org.apache.kafka.common.errors.UnsupportedVersionException',
        `Can't read version ${this.#version} of ${name}`,
      );
    return this.struct(fields);
  }

  #primitive(
    type: Exclude<FieldShape['type'], readonly FieldShape[]>,
    name: string,
    isNullable: boolean,
  ): Json {
    const buffer = this.#buffer;
    switch (type) {
      case 'bool':
        return buffer.byte() !== 0;
      case 'int8':
        return buffer.byte();
      case 'int16':
        return buffer.short();
      case 'uint16':
        return buffer.short() & 0xffff;
      case 'int32':
        return buffer.int();
      case 'int64':
        return buffer.long();
      case 'float64':
        return new Double(buffer.double());
      case 'uuid':
        return this.#uuid();
      case 'string':
        return this.#string(name, isNullable);
      case 'bytes':
        return this.#bytes(name, isNullable);
    }
  }

  #uuid(): string {
    const start = this.#buffer.position;
    this.#buffer.long();
    this.#buffer.long();
    return this.#buffer.bytes.toString('base64url', start, start + 16);
  }

  #string(name: string, isNullable: boolean): Json {
    const length = this.#isFlexible ? this.#buffer.unsignedVarint() - 1 : this.#buffer.short();
    if (length < 0) return nullOf(name, isNullable);
    if (length > STRING_BYTES_MAX)
      throw runtimeException(`string field ${name} had invalid length ${length}`);
    return javaText(this.#buffer.array(length));
  }

  #bytes(name: string, isNullable: boolean): Json {
    const length = this.#isFlexible ? this.#buffer.unsignedVarint() - 1 : this.#buffer.int();
    return length < 0 ? nullOf(name, isNullable) : this.#buffer.array(length).toString('base64');
  }
}

function nullOf(name: string, isNullable: boolean): null {
  if (isNullable) return null;
  throw runtimeException(`non-nullable field ${name} was serialized as null`);
}

/** What a catch block of the original's would find as the message of what was thrown. */
export function messageOfThrown(thrown: unknown): string {
  if (!(thrown instanceof JavaException)) throw thrown;
  return thrown.message === '' ? 'null' : thrown.message;
}
