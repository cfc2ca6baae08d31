/** The bytes of a `.snapshot` file: what a log remembers of its idempotent producers (contract section 4.2). */
import { crc32c, readInt64, writeInt64 } from '../records/index.ts';

export interface ProducerSnapshotEntry {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the last batch; -1 when only a marker is known. */
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly lastTimestamp: number;
  readonly coordinatorEpoch: number;
  /** -1 outside a transaction. */
  readonly currentTxnFirstOffset: number;
}

const VERSION = 1;
const CRC_POSITION = 2;
const COUNT_POSITION = 6;
const HEADER_BYTES = 10;
const ENTRY_BYTES = 46;

/** A snapshot that cannot be trusted; the next older one is taken instead. */
export class CorruptSnapshotError extends Error {
  override readonly name = 'CorruptSnapshotError';
}

export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Buffer {
  const buffer = Buffer.alloc(HEADER_BYTES + entries.length * ENTRY_BYTES);
  buffer.writeInt16BE(VERSION, 0);
  buffer.writeInt32BE(entries.length, COUNT_POSITION);
  let position = HEADER_BYTES;
  for (const entry of entries) {
    writeInt64(buffer, entry.producerId, position);
    buffer.writeInt16BE(entry.producerEpoch, position + 8);
    buffer.writeInt32BE(entry.lastSequence, position + 10);
    writeInt64(buffer, entry.lastOffset, position + 14);
    buffer.writeInt32BE(entry.offsetDelta, position + 22);
    writeInt64(buffer, entry.lastTimestamp, position + 26);
    buffer.writeInt32BE(entry.coordinatorEpoch, position + 34);
    writeInt64(buffer, entry.currentTxnFirstOffset, position + 38);
    position += ENTRY_BYTES;
  }
  buffer.writeUInt32BE(crc32c(buffer.subarray(COUNT_POSITION)), CRC_POSITION);
  return buffer;
}

export function decodeProducerSnapshot(buffer: Buffer): ProducerSnapshotEntry[] {
  if (buffer.length < HEADER_BYTES) throw new CorruptSnapshotError('A producer snapshot is cut off');
  if (buffer.readInt16BE(0) !== VERSION)
    throw new CorruptSnapshotError(`Producer snapshots of version ${buffer.readInt16BE(0)} are unknown`);
  const count = buffer.readInt32BE(COUNT_POSITION);
  if (crc32c(buffer.subarray(COUNT_POSITION)) !== buffer.readUInt32BE(CRC_POSITION))
    throw new CorruptSnapshotError('The checksum of a producer snapshot does not match');
  if (buffer.length < HEADER_BYTES + count * ENTRY_BYTES)
    throw new CorruptSnapshotError('A producer snapshot is cut off');
  return Array.from({ length: count }, (_, index) => {
    const position = HEADER_BYTES + index * ENTRY_BYTES;
    return {
      producerId: readInt64(buffer, position),
      producerEpoch: buffer.readInt16BE(position + 8),
      lastSequence: buffer.readInt32BE(position + 10),
      lastOffset: readInt64(buffer, position + 14),
      offsetDelta: buffer.readInt32BE(position + 22),
      lastTimestamp: readInt64(buffer, position + 26),
      coordinatorEpoch: buffer.readInt32BE(position + 34),
      currentTxnFirstOffset: readInt64(buffer, position + 38),
    };
  });
}
