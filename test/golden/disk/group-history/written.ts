/** What is in a log of `__consumer_offsets`, byte for byte, with times set to 0. */
import { batchesOf, decodeRecords } from '../../../../src/records/index.ts';
import type { WrittenBatch } from './story.ts';

/** The int16 a key or a value begins with, and that of a string's length. */
const INT16_BYTES = 2;
const INT64_BYTES = 8;
const GROUP_METADATA_KEY_VERSION = 2;
const VALUE_VERSION_WITH_EXPIRY = 1;

export function writtenIn(log: Buffer): WrittenBatch[] {
  return [...batchesOf(log)].map((batch) => ({
    attributes: log.readInt16BE(batch.position + 21),
    baseSequence: batch.baseSequence,
    records: decodeRecords(batch).map(({ key, value }) => ({
      key: (key ?? Buffer.alloc(0)).toString('hex'),
      value: value === null || key === null ? null : withoutTimes(key, Buffer.from(value)).toString('hex'),
    })),
  }));
}

function withoutTimes(key: Buffer, value: Buffer): Buffer {
  if (key.readInt16BE(0) === GROUP_METADATA_KEY_VERSION) {
    // Protocol type, generation, protocol and leader come before the time.
    let at = afterString(value, INT16_BYTES) + 4;
    at = afterString(value, afterString(value, at));
    return value.fill(0, at, at + INT64_BYTES);
  }
  const times = value.readInt16BE(0) === VALUE_VERSION_WITH_EXPIRY ? 2 : 1;
  return value.fill(0, value.length - times * INT64_BYTES);
}

/** A null string has the length -1. */
function afterString(buffer: Buffer, at: number): number {
  return at + INT16_BYTES + Math.max(0, buffer.readInt16BE(at));
}
