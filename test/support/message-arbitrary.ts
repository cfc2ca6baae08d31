/** Random values of any message in any version, for properties that must hold for all of them. */
import fc from 'fast-check';
import type { Field, Fields, FieldType, MessageSchema, WireType } from '../../src/protocol/schema/fields.ts';
import { contains, defaultOf } from './codec-composer.ts';

/** Fields which the version lacks hold their default, so that a value survives the way there and back. */
export function messageArbitrary(
  schema: MessageSchema,
  version: number,
): fc.Arbitrary<Record<string, unknown>> {
  return structArbitrary(schema.fields, version);
}

function structArbitrary(fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldArbitrary(field, version)])),
    { noNullPrototype: true },
  );
}

function fieldArbitrary(field: Field, version: number): fc.Arbitrary<unknown> {
  const missing = defaultOf(field);
  if (!contains(field.versions, version)) return fc.constant(missing);
  const { nullable } = field.options;
  const ofType = typeArbitrary(field.type, version);
  const withNull =
    nullable !== undefined && contains(nullable, version) ? fc.option(ofType, { freq: 4 }) : ofType;
  const defaultSendable = missing !== null || (nullable !== undefined && contains(nullable, version));
  return defaultSendable
    ? fc.oneof({ weight: 1, arbitrary: fc.constant(missing) }, { weight: 3, arbitrary: withNull })
    : withNull;
}

function typeArbitrary(type: FieldType, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'primitive':
      return PRIMITIVES[type.wire];
    case 'array':
      return fc.array(typeArbitrary(type.element, version), { maxLength: 3 });
    case 'struct':
      return structArbitrary(type.fields, version);
  }
}

const TWO_TO_63 = 2 ** 63;

const PRIMITIVES: Record<WireType, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  int32: fc.integer(),
  int64: fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.constantFrom(TWO_TO_63, -TWO_TO_63, 2 ** 32, -(2 ** 32), -1),
  ),
  float64: fc.double({ noNaN: true }),
  string: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ maxLength: 60 }),
    fc.constantFrom(
      'é'.repeat(42),
      'x'.repeat(126),
      'x'.repeat(127),
      'x'.repeat(128),
      '漢'.repeat(43),
      'a'.repeat(16_383),
    ),
  ),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  records: fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 400, max: 1200 }).map((size) => Buffer.alloc(size, size)),
  ),
};
