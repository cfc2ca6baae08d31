/**
 * Messages to bytes and back. The frames that travel are these with a header in front (frames.ts); what is stored has a
 * version in front instead.
 */
import { decoderOf, encoderOf } from './schema/compile.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from './schema/fields.ts';
import { Reader } from './schema/reader.ts';
import { parseVersionRange } from './schema/version-range.ts';
import { Writer } from './schema/writer.ts';

/** Encoding runs to its end without awaiting, so one writer serves all. */
export const sharedWriter = new Writer();

/** The bytes of a message; record batches are in there by reference, so they must not change until these are sent. */
export function encodeMessage<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  value: StructInput<F>,
): Buffer[] {
  sharedWriter.reset();
  encoderOf(schema, version)(sharedWriter, value);
  return sharedWriter.take();
}

/** The same in one Buffer. */
export function encodeToBuffer<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  value: StructInput<F>,
): Buffer {
  return joined(encodeMessage(schema, version, value));
}

/** Reads one message from `position` on; what follows it is not looked at. Throws ProtocolError. */
export function decodeMessage<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  buffer: Buffer,
  position = 0,
): StructOf<F> {
  return decoderOf(schema, version)(new Reader(buffer, position));
}

/** What is stored (group metadata, offsets, transactions): an int16 with the version, then the message. */
export function encodeVersioned<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  value: StructInput<F>,
): Buffer {
  sharedWriter.reset();
  sharedWriter.int16(version);
  encoderOf(schema, version)(sharedWriter, value);
  return joined(sharedWriter.take());
}

/**
 * The stored message and the version it was written in. Where a kind promises that versions only append, a version newer
 * than ours is read as our newest; otherwise it throws KafkaError UNSUPPORTED_VERSION (see `peekVersion`).
 */
export function decodeVersioned<F extends Fields>(
  schema: MessageSchema<F>,
  buffer: Buffer,
  newerVersions: 'refuse' | 'readAsNewest' = 'refuse',
): { readonly version: number; readonly value: StructOf<F> } {
  const reader = new Reader(buffer);
  const version = reader.int16();
  const readAs =
    newerVersions === 'readAsNewest' ? Math.min(version, parseVersionRange(schema.versions).max) : version;
  return { version, value: decoderOf(schema, readAs)(reader) };
}

/** The version in front of something stored, which for keys of internal topics tells what kind it is. */
export function peekVersion(buffer: Buffer): number {
  return new Reader(buffer).int16();
}

function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}
