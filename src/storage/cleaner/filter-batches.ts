/**
 * Second half of a pass: batches in, the same batches out without what is superseded (Kafka's RecordFilter and the
 * rules of its Cleaner). A record stays when no later one of its key is in the map. What the map has not reached stays.
 *
 * A tombstone must be seen by whoever reads the log from its beginning and has seen the value before. So it gets a time
 * to live when a pass first meets it: the delete horizon, kept in the batch itself (KIP-534). Markers of transactions
 * of which nothing is left go the same way.
 *
 * Messages of the formats v0 and v1 have no place for a horizon. Their tombstones go by the age of the segment they lie
 * in, which the caller tells, and of a wrapper that lost some a smaller one is made, in its own format.
 *
 * Invariant: the offsets at which a batch of v2 begins and ends never change, and neither does what it says of its
 * producer.
 */
import {
  batchAt,
  batchesOf,
  BatchRewriter,
  buildBatch,
  LegacyBatch,
  type RecordBatch,
} from '../../records/index.ts';
import { BatchKeys } from './batch-keys.ts';
import { checkSound } from './check-sound.ts';
import { isLastOfProducer, type LastBatches } from './last-batches.ts';
import type { OffsetMap } from './offset-map.ts';
import { noteBatch, type TransactionsSeen } from './transactions-seen.ts';

export interface FilterRules {
  readonly map: OffsetMap;
  readonly transactions: TransactionsSeen;
  readonly lastBatches: LastBatches;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  /** Tombstones of the old formats are too young to go. */
  readonly retainsLegacyDeletes: boolean;
}

/** Batches that follow each other, of one entry's worth of an index. */
export interface BatchRun {
  sizeInBytes: number;
  lastOffset: number;
  maxTimestamp: number;
}

export interface Filtered {
  /** Of whole batches; less than what was given when the last one is cut off. */
  readonly bytesRead: number;
  readonly recordsRead: number;
  readonly recordsRetained: number;
  /** Without keys: no log that was always compacted holds any. */
  readonly recordsWithoutKey: number;
  readonly retained: Buffer;
  readonly runs: readonly BatchRun[];
}

/** `room` is where what stays is put, if it fits: mostly less comes out than goes in. */
export function filterBatches(
  records: Buffer,
  rules: FilterRules,
  indexIntervalBytes: number,
  room: Buffer = Buffer.alloc(0),
): Filtered {
  const filter = new BatchFilter(rules);
  let retained = room;
  let retainedBytes = 0;
  const runs: BatchRun[] = [];
  let bytesRead = 0;
  for (const batch of batchesOf(records)) {
    checkSound(batch);
    bytesRead += batch.sizeInBytes;
    const kept = filter.filter(batch);
    if (kept === undefined) continue;
    if (retainedBytes + kept.length > retained.length)
      retained = enlarged(retained, retainedBytes, retainedBytes + kept.length);
    kept.copy(retained, retainedBytes);
    retainedBytes += kept.length;
    const { lastOffset, maxTimestamp } = batchAt(kept);
    const run = runs.at(-1);
    if (run === undefined || run.sizeInBytes > indexIntervalBytes)
      runs.push({ sizeInBytes: kept.length, lastOffset, maxTimestamp });
    else {
      run.sizeInBytes += kept.length;
      run.lastOffset = lastOffset;
      run.maxTimestamp = Math.max(run.maxTimestamp, maxTimestamp);
    }
  }
  const { recordsRead, recordsRetained, recordsWithoutKey } = filter;
  return {
    bytesRead,
    recordsRead,
    recordsRetained,
    recordsWithoutKey,
    retained: retained.subarray(0, retainedBytes),
    runs,
  };
}

/** Not cut from the common pool: the whole pool would go along to another thread. */
function enlarged(bytes: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.length));
  bytes.copy(larger, 0, 0, used);
  return larger;
}

/** One of each serves all batches, one after another. */
const keys = new BatchKeys();
const rewriter = new BatchRewriter();

class BatchFilter {
  readonly #rules: FilterRules;
  /** Of the records of the batch: 1 for those that stay. */
  #keep = new Uint8Array(1024);
  recordsRead = 0;
  recordsRetained = 0;
  recordsWithoutKey = 0;

  constructor(rules: FilterRules) {
    this.#rules = rules;
  }

  /** What is left of the batch: its own bytes, a smaller one, good until the next call, or undefined. */
  filter(batch: RecordBatch): Buffer | undefined {
    return batch instanceof LegacyBatch ? this.#filterLegacy(batch) : this.#filter(batch);
  }

  #filterLegacy(batch: LegacyBatch): Buffer | undefined {
    const messages = batch.unpacked();
    keys.readMessages(messages);
    const isExpired = !this.#rules.retainsLegacyDeletes;
    const retained = messages.filter((_, index) => this.#stays(index, isExpired));
    this.recordsRead += messages.length;
    this.recordsRetained += retained.length;
    if (retained.length === 0) return undefined;
    // A wrapper around messages of another format (KAFKA-4298) is put right on the way.
    const isSame =
      retained.length === messages.length && retained.every(({ message }) => message.magic === batch.magic);
    return isSame ? batch.bytes : batch.rebuiltOf(retained.map(({ record }) => record));
  }

  #filter(batch: RecordBatch): Buffer | undefined {
    const { transactions, lastBatches, nowMs, deleteRetentionMs } = this.#rules;
    const isNotNeeded = noteBatch(transactions, batch);
    const horizonMs = deleteHorizonOf(batch);
    const isExpired = horizonMs !== undefined && horizonMs <= nowMs;
    const dropRecords = isNotNeeded && (!batch.isControl || isExpired);
    const { count, hasTombstone } = dropRecords ? NONE : this.#choose(batch, isExpired);
    this.recordsRead += batch.count;
    this.recordsRetained += count;
    if (count === 0) return isLastOfProducer(lastBatches, batch) ? emptied(batch) : undefined;

    const isFinal = batch.isControl ? isNotNeeded : hasTombstone;
    const setsHorizon = isFinal && horizonMs === undefined;
    if (count === batch.count && !setsHorizon) return batch.bytes;
    const deleteHorizonMs = setsHorizon ? nowMs + deleteRetentionMs : horizonMs;
    return rewriter.rewrite(batch, keys.cursor, { keep: this.#keep, deleteHorizonMs });
  }

  #choose(
    batch: RecordBatch,
    isExpired: boolean,
  ): { readonly count: number; readonly hasTombstone: boolean } {
    keys.read(batch);
    this.#rules.map.touch(keys.hashes, keys.count);
    if (keys.count > this.#keep.length) this.#keep = new Uint8Array(keys.count);
    const keep = this.#keep;
    const { isControl } = batch;
    let count = 0;
    let hasTombstone = false;
    for (let index = 0; index < keys.count; index++) {
      const stays = isControl || this.#stays(index, isExpired);
      keep[index] = stays ? 1 : 0;
      if (!stays) continue;
      count += 1;
      if (!keys.hasValue(index)) hasTombstone = true;
    }
    return { count, hasTombstone };
  }

  #stays(index: number, isExpired: boolean): boolean {
    const { map } = this.#rules;
    const offset = keys.offsetOf(index);
    if (offset > map.latestOffset) return true;
    if (!keys.hasKey(index)) {
      this.recordsWithoutKey += 1;
      return false;
    }
    return offset >= map.get(keys.hashes, index) && (keys.hasValue(index) || !isExpired);
  }
}

const NONE = { count: 0, hasTombstone: false };

/** When the tombstones of the batch, or the marker it is, may go. */
function deleteHorizonOf(batch: RecordBatch): number | undefined {
  return batch.hasDeleteHorizon ? batch.baseTimestamp : undefined;
}

/** Sequence numbers and offsets without records, which says of the producer what the full batch said. */
function emptied(batch: RecordBatch): Buffer {
  return buildBatch({
    records: [],
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    timestampType: batch.timestampType,
    maxTimestamp: batch.maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
  });
}
