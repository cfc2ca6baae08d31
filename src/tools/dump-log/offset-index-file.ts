/**
 * An `.index` file, opened as the original's OffsetIndex: entries up to the end of the file, of which what was allocated
 * and not yet written is zeros. Each is compared with the batch its position leads to.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCodeOf } from '../../runtime/index.ts';
import { baseOffsetIn, siblingOf } from './file-names.ts';
import { BATCH_LAYOUT, MAGIC_V2 } from '../../records/index.ts';
import { FileRecords, type FileBatch } from './file-records.ts';
import type { Findings } from './findings.ts';
import { illegalArgument, JavaException } from './java/exception.ts';
import type { Printer } from './printer.ts';

const ENTRY_BYTES = 8;

export interface IndexOptions {
  readonly verifyOnly: boolean;
  readonly sanityCheckOnly: boolean;
}

export interface OffsetPosition {
  readonly offset: bigint;
  readonly position: number;
}

export class OffsetIndexFile {
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

  entry(index: number): OffsetPosition {
    const relativeOffset = this.#bytes.readInt32BE(index * ENTRY_BYTES);
    return {
      offset: this.baseOffset + BigInt(relativeOffset),
      position: this.#bytes.readInt32BE(index * ENTRY_BYTES + 4),
    };
  }

  /** Where to begin to look for an offset. */
  lookup(offset: bigint): number {
    const slot = largestLowerBound(this.entries, (index) => compare(this.entry(index).offset, offset));
    return slot < 0 ? 0 : this.entry(slot).position;
  }

  sanityCheck(): void {
    const lastOffset = this.entry(this.entries - 1).offset;
    if (lastOffset < this.baseOffset)
      throw corruptIndex(
        `Corrupt index found, index file ${this.#path} has non-zero size but the last offset is ${lastOffset} which is less than the base offset ${this.baseOffset}`,
      );
    if (this.#bytes.length % ENTRY_BYTES !== 0)
      throw corruptIndex(
        `Index file ${this.#path} is corrupt, found ${this.#bytes.length} bytes which is neither positive nor a multiple of ${ENTRY_BYTES}`,
      );
  }
}

export function corruptIndex(message: string): JavaException {
  return new JavaException('org.apache.kafka.storage.internals.log.CorruptIndexException', message);
}

/** The original makes an index that is not there, and fails for want of its size. */
export function readIndex(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT') throw illegalArgument('Invalid max index size: -1');
    throw cause;
  }
}

/** What the original keeps apart as the warm end of an index, where most look-ups fall. */
const WARM_BYTES = 8192;

/** The last entry that is not above, or -1. The steps count: zeros behind the end, or a damaged index, are not sorted. */
function largestLowerBound(entries: number, compareAt: (index: number) => number): number {
  if (entries === 0) return -1;
  const firstWarm = Math.max(0, entries - 1 - WARM_BYTES / ENTRY_BYTES);
  if (compareAt(firstWarm) < 0) return search(firstWarm, entries - 1, compareAt);
  return compareAt(0) > 0 ? -1 : search(0, firstWarm, compareAt);
}

function search(begin: number, end: number, compareAt: (index: number) => number): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    const order = compareAt(middle);
    if (order === 0) return middle;
    if (order < 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export function dumpOffsetIndex(
  path: string,
  options: IndexOptions & { readonly maxMessageSize: number },
  printer: Printer,
  findings: Findings,
): void {
  const baseOffset = baseOffsetIn(path);
  const records = new FileRecords(siblingOf(path, '.log'));
  try {
    const index = new OffsetIndexFile(path, baseOffset);
    if (index.entries === 0) printer.println(`${path} is empty.`);
    else if (options.sanityCheckOnly) {
      index.sanityCheck();
      printer.println(`${path} passed sanity check.`);
    } else printEntries(path, index, records, options, printer, findings);
  } finally {
    records.close();
  }
}

function printEntries(
  path: string,
  index: OffsetIndexFile,
  records: FileRecords,
  { verifyOnly, maxMessageSize }: IndexOptions & { readonly maxMessageSize: number },
  printer: Printer,
  findings: Findings,
): void {
  for (let at = 0; at < index.entries; at++) {
    const { offset, position } = index.entry(at);
    if (offset === index.baseOffset && at > 0) return;
    const end = records.endOf(position, maxMessageSize);
    const first = records.batches(position, end).next().value;
    if (first === undefined) throw new JavaException('java.util.NoSuchElementException');
    const lastOffset = lastOffsetOf(first);
    if (lastOffset !== offset) findings.indexMismatches.add(resolve(path), [offset, lastOffset]);
    if (!verifyOnly) printer.println(`offset: ${offset} position: ${position}`);
  }
}

/** Before v2, what stands in front of a message. */
export function lastOffsetOf(batch: FileBatch): bigint {
  const header = batch.header(BATCH_LAYOUT.baseTimestamp);
  const offset = header.readBigInt64BE(BATCH_LAYOUT.baseOffset);
  return batch.magic >= MAGIC_V2
    ? BigInt.asIntN(64, offset + BigInt(header.readInt32BE(BATCH_LAYOUT.lastOffsetDelta)))
    : offset;
}
