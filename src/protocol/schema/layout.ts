/**
 * What a message definition means in one version: which fields are on the wire and in which form, what the absent ones
 * default to, and how few bytes a value can take. Decoder and encoder sources are both written from this.
 */
import { assert, ZERO_UUID } from '../../common/index.ts';
import type { Field, FieldType, Fields, MessageSchema, WireType } from './fields.ts';
import { rangeContains } from './version-range.ts';

/** Field names become variables of generated code: nothing else may pass. */
const FIELD_NAME = /^[a-z][A-Za-z0-9]*$/;

export interface FieldLayout {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly tag: number | null;
  /** Whether lengths are varints and structs end with tagged fields. */
  readonly flexible: boolean;
  readonly defaultLiteral: string;
  readonly optional: boolean;
}

export interface StructLayout {
  readonly version: number;
  readonly flexible: boolean;
  /** In the order of the wire, tagged fields left out. */
  readonly inline: readonly FieldLayout[];
  /** By ascending tag, the order of the wire. */
  readonly tagged: readonly FieldLayout[];
  /** Fields of other versions, with whether a value in them may be dropped. */
  readonly absent: readonly (FieldLayout & { readonly ignorable: boolean })[];
  /** All of them, in the order of the definition. */
  readonly names: readonly string[];
}

export function isFlexible(schema: MessageSchema, version: number): boolean {
  return rangeContains(schema.flexible, version);
}

export function layoutOf(fields: Fields, version: number, flexible: boolean): StructLayout {
  const inline: FieldLayout[] = [];
  const tagged: FieldLayout[] = [];
  const absent: (FieldLayout & { ignorable: boolean })[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const layout = fieldLayout(name, field, version, flexible);
    if (!rangeContains(field.versions, version)) {
      absent.push({ ...layout, ignorable: field.options.ignorable === true });
    } else if (layout.tag === null) inline.push(layout);
    else tagged.push(layout);
  }
  tagged.sort((a, b) => a.tag! - b.tag!);
  return { version, flexible, inline, tagged, absent, names: Object.keys(fields) };
}

function fieldLayout(name: string, field: Field, version: number, flexible: boolean): FieldLayout {
  assert(FIELD_NAME.test(name), `"${name}" is no name for a field`);
  const { options, type } = field;
  return {
    name,
    type,
    nullable: options.nullable !== undefined && rangeContains(options.nullable, version),
    tag: options.tag ?? null,
    flexible: flexible && options.flexible !== 'none',
    defaultLiteral: defaultLiteral(field),
    optional:
      options.default !== undefined ||
      options.tag !== undefined ||
      options.ignorable === true ||
      !field.versions.endsWith('+'),
  };
}

const PRIMITIVE_DEFAULT: Record<WireType, string> = {
  bool: 'false',
  int8: '0',
  int16: '0',
  int32: '0',
  int64: '0',
  float64: '0',
  string: "''",
  uuid: `'${ZERO_UUID}'`,
  bytes: 'EMPTY',
  records: 'null',
};

/** JavaScript for the default of a field. `EMPTY` is the empty Buffer that generated code is given. */
export function defaultLiteral({ type, options }: Field): string {
  if (options.default !== undefined) return literal(options.default);
  switch (type.kind) {
    case 'primitive':
      return PRIMITIVE_DEFAULT[type.wire];
    case 'array':
      return '[]';
    case 'struct': {
      const members = Object.entries(type.fields).map(([name, field]) => `${name}: ${defaultLiteral(field)}`);
      return `{ ${members.join(', ')} }`;
    }
  }
}

function literal(value: number | string | boolean | null): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const FIXED_BYTES: Partial<Record<WireType, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

/** The least bytes a value can take, which bounds how many an array can hold. */
export function leastBytes(type: FieldType, version: number, flexible: boolean): number {
  switch (type.kind) {
    case 'primitive':
      return FIXED_BYTES[type.wire] ?? (flexible ? 1 : type.wire === 'string' ? 2 : 4);
    case 'array':
      return flexible ? 1 : 4;
    case 'struct': {
      const { inline } = layoutOf(type.fields, version, flexible);
      const content = inline.reduce((sum, field) => sum + leastFieldBytes(field, version), flexible ? 1 : 0);
      return Math.max(1, content);
    }
  }
}

function leastFieldBytes(field: FieldLayout, version: number): number {
  return field.type.kind === 'struct' && field.nullable ? 1 : leastBytes(field.type, version, field.flexible);
}

/** The reader's or writer's method for a primitive, such as `compactNullableString`. */
export function methodOf(wire: WireType, flexible: boolean, nullable: boolean): string {
  if (wire !== 'string' && wire !== 'bytes' && wire !== 'records') return wire;
  const words = [...(flexible ? ['compact'] : []), ...(nullable ? ['nullable'] : []), wire];
  return words.map((word, index) => (index === 0 ? word : capitalized(word))).join('');
}

export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
