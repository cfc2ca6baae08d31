/** A `.timeindex` file: each entry names the batch that carries a timestamp, and the batch is asked. */
import { resolve } from 'node:path';
import { baseOffsetIn, siblingOf } from './file-names.ts';
import { FileRecords, INT_MAX, type FileBatch } from './file-records.ts';
import type { Findings } from './findings.ts';
import {
  corruptIndex,
  lastOffsetOf,
  OffsetIndexFile,
  readIndex,
  type IndexOptions,
} from './offset-index-file.ts';
import type { Printer } from './printer.ts';
import { recordsOf } from './records.ts';

const ENTRY_BYTES = 12;
const NO_TIMESTAMP = -1n;

interface TimeEntry {
  readonly timestamp: bigint;
  readonly offset: bigint;
}

class TimeIndexFile {
  readonly #path: string;
  readonly baseOffset: bigint;
  readonly #bytes: Buffer;

  constructor(path: string, baseOffset: bigint) {
    this.#path = resolve(path);
    this.baseOffset = baseOffset;
    this.#bytes = readIndex(path);
  }

  get entries(): number {
    return Math.floor(this.#bytes.length / ENTRY_BYTES);
  }

  entry(index: number): TimeEntry {
    return {
      timestamp: this.#bytes.readBigInt64BE(index * ENTRY_BYTES),
      offset: this.baseOffset + BigInt(this.#bytes.readInt32BE(index * ENTRY_BYTES + 8)),
    };
  }

  /** Zeros that were allocated and not yet written fail it: it is meant for the files of a broker that stopped. */
  sanityCheck(): void {
    if (this.entries > 0) {
      const [first, last] = [this.entry(0), this.entry(this.entries - 1)];
      const found = `Corrupt time index found, time index file (${this.#path}) has non-zero size but the last`;
      if (last.timestamp < first.timestamp)
        throw corruptIndex(
          `${found} timestamp is ${last.timestamp} which is less than the first timestamp ${first.timestamp}`,
        );
      if (last.offset < this.baseOffset)
        throw corruptIndex(
          `${found} offset is ${last.offset} which is less than the first offset ${this.baseOffset}`,
        );
    }
    if (this.#bytes.length % ENTRY_BYTES !== 0)
      throw corruptIndex(
        `Time index file ${this.#path} is corrupt, found ${this.#bytes.length} bytes which is neither positive nor a multiple of ${ENTRY_BYTES}`,
      );
  }
}

export function dumpTimeIndex(
  path: string,
  { verifyOnly, sanityCheckOnly }: IndexOptions,
  printer: Printer,
  findings: Findings,
): void {
  const baseOffset = baseOffsetIn(path);
  const records = new FileRecords(siblingOf(path, '.log'));
  try {
    const offsets = new OffsetIndexFile(siblingOf(path, '.index'), baseOffset);
    const times = new TimeIndexFile(path, baseOffset);
    if (sanityCheckOnly) {
      times.sanityCheck();
      printer.println(`${path} passed sanity check.`);
      return;
    }
    let previous = NO_TIMESTAMP;
    for (let at = 0; at < times.entries; at++) {
      const entry = times.entry(at);
      if (entry.offset === times.baseOffset && at > 0) return;
      checkEntry(path, entry, previous, batchesFrom(records, offsets.lookup(entry.offset)), findings);
      if (!verifyOnly) printer.println(`timestamp: ${entry.timestamp} offset: ${entry.offset}`);
      previous = entry.timestamp;
    }
  } finally {
    records.close();
  }
}

function batchesFrom(records: FileRecords, position: number): Iterable<FileBatch> {
  return records.batches(position, records.endOf(position, INT_MAX));
}

function checkEntry(
  path: string,
  { timestamp, offset }: TimeEntry,
  previous: bigint,
  batches: Iterable<FileBatch>,
  findings: Findings,
): void {
  const found = batchUpTo(batches, offset);
  const lastOffset = found === undefined ? -1n : lastOffsetOf(found);
  if (found === undefined || lastOffset !== offset) {
    findings.offsetsNotFound.add(resolve(path), [offset, lastOffset]);
    return;
  }
  let maxTimestamp = NO_TIMESTAMP;
  for (const record of recordsOf(found)) if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
  if (maxTimestamp !== timestamp) findings.timestampMismatches.add(resolve(path), [timestamp, maxTimestamp]);
  if (previous >= timestamp) findings.timestampsOutOfOrder.add(resolve(path), [timestamp, previous]);
}

function batchUpTo(batches: Iterable<FileBatch>, offset: bigint): FileBatch | undefined {
  for (const batch of batches) if (lastOffsetOf(batch) >= offset) return batch;
  return undefined;
}
