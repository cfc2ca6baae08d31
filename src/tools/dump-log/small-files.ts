/** A `.txnindex` (the transactions that were aborted) and a `.snapshot` (what the log remembers of its producers). */
import { resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { crc32c } from '../../records/index.ts';
import { errorCodeOf } from '../../runtime/index.ts';
import { optionalLong } from './batch-lines.ts';
import { baseOffsetIn } from './file-names.ts';
import { ByteBuffer } from './java/byte-buffer.ts';
import { JavaException, kafkaException } from './java/exception.ts';
import type { Printer } from './printer.ts';

const TRANSACTION_ENTRY_BYTES = 34;
const TRANSACTION_VERSION = 0;

/** One that is not there is empty: it comes into being with the first abort. */
export function dumpTransactionIndex(path: string, printer: Printer): void {
  baseOffsetIn(path);
  const bytes = readIfThere(path);
  const lines: string[] = [];
  for (let at = 0; at + TRANSACTION_ENTRY_BYTES <= bytes.length; at += TRANSACTION_ENTRY_BYTES) {
    // The version has two bytes, and the original looks at the first.
    const version = bytes.readInt8(at);
    const buffer = new ByteBuffer(bytes, at + 2);
    if (version > TRANSACTION_VERSION)
      throw kafkaException(
        `Unexpected aborted transaction version ${version} in transaction index ${resolve(path)}, current version is ${TRANSACTION_VERSION}`,
      );
    lines.push(
      `version: ${version} producerId: ${buffer.long()} firstOffset: ${buffer.long()} ` +
        `lastOffset: ${buffer.long()} lastStableOffset: ${buffer.long()}`,
    );
  }
  for (const line of lines) printer.println(line);
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}

/** A damaged one is told of, and the next file is looked at. */
export function dumpProducerSnapshot(path: string, printer: Printer): void {
  const bytes = readSnapshot(path);
  const entries = snapshotEntries(bytes);
  if (typeof entries === 'string') printer.error(entries);
  else for (const entry of entries) printer.println(entryText(entry));
}

function readSnapshot(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw errorCodeOf(cause) === 'ENOENT'
      ? new JavaException('java.nio.file.NoSuchFileException', path)
      : cause;
  }
}

const SNAPSHOT_VERSION = 1;
const ENTRIES_POSITION = 6;

interface SnapshotEntry {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastOffset: bigint;
  readonly offsetDelta: number;
  readonly timestamp: bigint;
  readonly coordinatorEpoch: number;
  readonly currentTxnFirstOffset: bigint;
}

/** Or what is wrong with it. */
function snapshotEntries(bytes: Buffer): SnapshotEntry[] | string {
  const invalid = (reason: string): string => `Snapshot failed schema validation: ${reason}`;
  const buffer = new ByteBuffer(bytes);
  let field = 'version';
  try {
    const version = buffer.short();
    field = 'crc';
    const crc = buffer.int() >>> 0;
    field = 'producer_entries';
    const count = buffer.int();
    if (count < 0) return invalid(`Error reading field '${field}': Array size ${count} cannot be negative`);
    if (count > buffer.remaining)
      return invalid(
        `Error reading field '${field}': Error reading array of size ${count}, only ${buffer.remaining} bytes available`,
      );
    const entries = Array.from({ length: count }, () =>
      entryFrom(buffer, (name) => (field = `producer_entries': Error reading field '${name}`)),
    );
    if (version !== SNAPSHOT_VERSION) return `Snapshot contained an unknown file version ${version}`;
    const computed = crc32c(bytes.subarray(ENTRIES_POSITION));
    return crc === computed
      ? entries
      : `Snapshot is corrupt (CRC is no longer valid). Stored crc: ${crc}. Computed crc: ${computed}`;
  } catch (thrown) {
    if (!(thrown instanceof JavaException)) throw thrown;
    return invalid(`Error reading field '${field}': ${thrown.className}`);
  }
}

/** `reads` is told which field comes next. */
function entryFrom(buffer: ByteBuffer, reads: (name: string) => void): SnapshotEntry {
  const named = <T>(name: string, read: () => T): T => {
    reads(name);
    return read();
  };
  return {
    producerId: named('producer_id', () => buffer.long()),
    producerEpoch: named('epoch', () => buffer.short()),
    lastSequence: named('last_sequence', () => buffer.int()),
    lastOffset: named('last_offset', () => buffer.long()),
    offsetDelta: named('offset_delta', () => buffer.int()),
    timestamp: named('timestamp', () => buffer.long()),
    coordinatorEpoch: named('coordinator_epoch', () => buffer.int()),
    currentTxnFirstOffset: named('current_txn_first_offset', () => buffer.long()),
  };
}

const SEQUENCES = 2 ** 31;

function entryText(entry: SnapshotEntry): string {
  const { lastSequence, offsetDelta, currentTxnFirstOffset: first } = entry;
  const text =
    `producerId: ${entry.producerId} producerEpoch: ${entry.producerEpoch} coordinatorEpoch: ${entry.coordinatorEpoch} ` +
    `currentTxnFirstOffset: ${optionalLong(first >= 0n ? first : undefined)} lastTimestamp: ${entry.timestamp} `;
  if (entry.lastOffset < 0n) return text;
  const firstSequence =
    lastSequence < offsetDelta ? SEQUENCES - (offsetDelta - lastSequence) : lastSequence - offsetDelta;
  return (
    `${text}firstSequence: ${firstSequence} lastSequence: ${lastSequence} lastOffset: ${entry.lastOffset} ` +
    `offsetDelta: ${offsetDelta} timestamp: ${entry.timestamp}`
  );
}
