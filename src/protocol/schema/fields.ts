/**
 * The vocabulary of message definitions. One definition stands for all versions of a message: every field says in which
 * versions it exists, may be null, or travels as a tagged field (KIP-482). The TypeScript types are inferred from the
 * same value, so there is nothing to keep in step; compile.ts turns it into code.
 *
 * `MessageOf` is what decoding gives: every field is there, those the version lacks hold their default. `MessageInput`
 * is what encoding takes: a field that has a default, is ignorable, or that newer versions dropped may be left out.
 */
import type { VersionRange } from './version-range.ts';

/** What TypeScript holds for each primitive of the wire. int64 is a number: docs/adr/003. */
interface WireValue {
  bool: boolean;
  int8: number;
  int16: number;
  int32: number;
  int64: number;
  float64: number;
  string: string;
  uuid: string;
  bytes: Buffer;
  records: Buffer;
}

export type WireType = keyof WireValue;

/** What a value names, where Kafka's definitions say so. */
type EntityType = 'brokerId' | 'groupId' | 'producerId' | 'topicName' | 'transactionalId' | 'unknown';

export interface FieldOptions {
  /** The versions in which null may be sent. */
  readonly nullable?: VersionRange;
  /** What an absent field decodes to. Else 0, false, "", an empty array, or a struct of defaults. */
  readonly default?: number | string | boolean | null;
  /** The number under which a flexible version sends the field, and only if it differs from its default. */
  readonly tag?: number;
  /** A version that lacks the field drops its value silently; otherwise encoding a non-default value throws. */
  readonly ignorable?: true;
  readonly entity?: EntityType;
  /** Identifies the element within its array. */
  readonly mapKey?: true;
  /** "none": the field keeps its classic form in flexible versions too (only the client id of the request header). */
  readonly flexible?: 'none';
  readonly about?: string;
}

interface PrimitiveType {
  readonly kind: 'primitive';
  readonly wire: WireType;
}
interface StructType {
  readonly kind: 'struct';
  readonly fields: Fields;
}
export interface ArrayType {
  readonly kind: 'array';
  readonly element: PrimitiveType | StructType;
}
export type FieldType = PrimitiveType | StructType | ArrayType;

/** `Value`, `Input` and `Optional` exist for the type checker alone: at run time nothing carries them. */
export interface Field<Value = unknown, Input = unknown, Optional extends boolean = boolean> {
  readonly type: FieldType;
  readonly versions: VersionRange;
  readonly options: FieldOptions;
  readonly __value?: Value;
  readonly __input?: Input;
  readonly __optional?: Optional;
}

export type Fields = Readonly<Record<string, Field>>;

export interface MessageSchema<F extends Fields = Fields> {
  readonly name: string;
  /** Absent for headers and for what is stored rather than sent. */
  readonly apiKey?: number;
  readonly versions: VersionRange;
  readonly flexible: VersionRange;
  readonly fields: F;
}

type OrNull<T, O extends FieldOptions> = O extends { readonly nullable: VersionRange } ? T | null : T;

type IsOptional<V extends VersionRange, O extends FieldOptions> = O extends
  | { readonly default: number | string | boolean | null }
  | { readonly tag: number }
  | { readonly ignorable: true }
  ? true
  : V extends `${number}+`
    ? false
    : true;

export type StructOf<F extends Fields> = {
  -readonly [K in keyof F]: F[K] extends Field<infer Value> ? Value : never;
};

type OptionalKey<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, unknown, true> ? K : never;
}[keyof F];

type InputOf<T> = T extends Field<unknown, infer Input> ? Input : never;

export type StructInput<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKey<F>>]: InputOf<F[K]>;
} & { readonly [K in OptionalKey<F>]?: InputOf<F[K]> };

/** The value that decoding a message of this schema gives. */
export type MessageOf<S> = S extends MessageSchema<infer F> ? StructOf<F> : never;

/** The value that encoding a message of this schema takes; every MessageOf is one. */
export type MessageInput<S> = S extends MessageSchema<infer F> ? StructInput<F> : never;

type PrimitiveField<W extends WireType, V extends VersionRange, O extends FieldOptions> = Field<
  OrNull<WireValue[W], O>,
  OrNull<WireValue[W], O>,
  IsOptional<V, O>
>;

// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- "no options": nothing is nullable, nothing has a default
type None = {};

const primitive =
  <W extends WireType>(wire: W) =>
  <const V extends VersionRange, const O extends FieldOptions = None>(
    versions: V,
    options?: O,
  ): PrimitiveField<W, V, O> => ({ type: { kind: 'primitive', wire }, versions, options: options ?? {} });

export const bool = primitive('bool');
export const int8 = primitive('int8');
export const int16 = primitive('int16');
export const int32 = primitive('int32');
export const int64 = primitive('int64');
export const float64 = primitive('float64');
export const string = primitive('string');
export const uuid = primitive('uuid');
export const bytes = primitive('bytes');
/** Record batches that lie in one piece or in several, back to back. */
export type RecordsInput = Buffer | readonly Buffer[];

/** Record batches, as they stand on disk. Encoding appends them by reference, decoding gives a slice of the frame. */
export function records<const V extends VersionRange, const O extends FieldOptions = None>(
  versions: V,
  options?: O,
): Field<OrNull<Buffer, O>, OrNull<RecordsInput, O>, IsOptional<V, O>> {
  return { type: { kind: 'primitive', wire: 'records' }, versions, options: options ?? {} };
}

export function struct<
  const V extends VersionRange,
  const F extends Fields,
  const O extends FieldOptions = None,
>(
  versions: V,
  fields: F,
  options?: O,
): Field<OrNull<StructOf<F>, O>, OrNull<StructInput<F>, O>, IsOptional<V, O>> {
  return { type: { kind: 'struct', fields }, versions, options: options ?? {} };
}

type ElementValue<E extends WireType | Fields> = E extends WireType
  ? WireValue[E]
  : E extends Fields
    ? StructOf<E>
    : never;
type ElementInput<E extends WireType | Fields> = E extends WireType
  ? WireValue[E]
  : E extends Fields
    ? StructInput<E>
    : never;

/** An array of primitives (`array('0+', 'int32')`) or of structs (`array('0+', { ... })`). */
export function array<
  const V extends VersionRange,
  const E extends WireType | Fields,
  const O extends FieldOptions = None,
>(
  versions: V,
  element: E,
  options?: O,
): Field<OrNull<ElementValue<E>[], O>, OrNull<readonly ElementInput<E>[], O>, IsOptional<V, O>> {
  const type: PrimitiveType | StructType =
    typeof element === 'string' ? { kind: 'primitive', wire: element } : { kind: 'struct', fields: element };
  return { type: { kind: 'array', element: type }, versions, options: options ?? {} };
}

export function message<const F extends Fields>(schema: MessageSchema<F>): MessageSchema<F> {
  return schema;
}
