/** The content of the golden samples, by the rule of WireSamples.java: it follows from the names of the fields. */
import { javaHashCode, ZERO_UUID } from '../../../src/common/index.ts';
import type { Field, Fields, MessageSchema, WireType } from '../../../src/protocol/schema/fields.ts';
import { contains, defaultOf } from '../../support/codec-composer.ts';

type Struct = Record<string, unknown>;

interface Place {
  readonly version: number;
  readonly filled: boolean;
  /** The place in the innermost array, which tells its elements apart. */
  readonly index: number;
  /** How many arrays are around. */
  readonly depth: number;
}

export function sampleOf(schema: MessageSchema, version: number, filled: boolean): Struct {
  return structSample(schema.fields, { version, filled, index: 0, depth: 0 });
}

function structSample(fields: Fields, place: Place): Struct {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      isSent(field, place) ? fieldSample(name, field, place) : defaultOf(field),
    ]),
  );
}

const isSent = ({ versions, options }: Field, { version, filled }: Place): boolean =>
  contains(versions, version) && (filled || options.tag === undefined);

function fieldSample(name: string, field: Field, place: Place): unknown {
  const { type, options } = field;
  if (!place.filled && options.nullable !== undefined && contains(options.nullable, place.version)) return null;
  if (type.kind !== 'array') return elementSample(name, type, place);
  const count = place.filled ? (place.depth === 0 ? 2 : 1) : 0;
  return Array.from({ length: count }, (_, index) =>
    elementSample(name, type.element, { ...place, index, depth: place.depth + 1 }),
  );
}

function elementSample(name: string, type: Exclude<Field['type'], { kind: 'array' }>, place: Place): unknown {
  if (type.kind === 'struct') return structSample(type.fields, place);
  const { filled, index } = place;
  return primitiveSample(type.wire, filled ? (javaHashCode(name) + index) | 0 : 0, filled ? `${name}${index}` : '');
}

function primitiveSample(wire: WireType, number: number, text: string): unknown {
  switch (wire) {
    case 'bool':
      return text !== '';
    case 'int8':
      return (number << 24) >> 24;
    case 'int16':
      return (number << 16) >> 16;
    case 'int32':
      return number;
    case 'int64':
      return number * 65_536;
    case 'float64':
      return number / 8;
    case 'string':
      return text;
    case 'uuid':
      return number === 0 ? ZERO_UUID : uuidOfLongs(BigInt(number), BigInt(number));
    case 'bytes':
    case 'records':
      return Buffer.from(text);
  }
}

function uuidOfLongs(high: bigint, low: bigint): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(high);
  bytes.writeBigInt64BE(low, 8);
  return bytes.toString('base64url');
}
