/**
 * Second half of a pass: batches in, the same batches out without what is superseded (Kafka's RecordFilter and the
 * rules of its Cleaner). A record stays when no later one of its key is in the map. What the map has not reached stays.
 *
 * A tombstone must be seen by whoever reads the log from its beginning and has seen the value before. So it gets a time
 * to live when a pass first meets it: the delete horizon, kept in the batch itself (KIP-534). Markers of transactions
 * of which nothing is left go the same way.
 *
 * Invariant: the offsets at which a batch begins and ends never change, and neither does what it says of its producer.
 */
import {
  batchesOf,
  buildBatch,
  decodeRecords,
  type KafkaRecord,
  type RecordBatch,
} from '../../records/index.ts';
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
  readonly retained: readonly Buffer[];
  readonly runs: readonly BatchRun[];
}

export function filterBatches(records: Buffer, rules: FilterRules, indexIntervalBytes: number): Filtered {
  const filter = new BatchFilter(rules);
  const retained: Buffer[] = [];
  const runs: BatchRun[] = [];
  let bytesRead = 0;
  for (const batch of batchesOf(records)) {
    checkSound(batch);
    bytesRead += batch.sizeInBytes;
    const kept = filter.filter(batch);
    if (kept === undefined) continue;
    retained.push(kept);
    const { lastOffset, maxTimestamp } = batch;
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
  return { bytesRead, recordsRead, recordsRetained, recordsWithoutKey, retained, runs };
}

class BatchFilter {
  readonly #rules: FilterRules;
  recordsRead = 0;
  recordsRetained = 0;
  recordsWithoutKey = 0;

  constructor(rules: FilterRules) {
    this.#rules = rules;
  }

  /** What is left of the batch: its own bytes, a smaller one, or undefined. */
  filter(batch: RecordBatch): Buffer | undefined {
    const { transactions, lastBatches, nowMs, deleteRetentionMs } = this.#rules;
    const isNotNeeded = noteBatch(transactions, batch);
    const horizonMs = deleteHorizonOf(batch);
    const isExpired = horizonMs !== undefined && horizonMs <= nowMs;
    const dropRecords = isNotNeeded && (!batch.isControl || isExpired);
    const mustStay = isLastOfProducer(lastBatches, batch);
    const records = dropRecords
      ? []
      : decodeRecords(batch).filter((record) => batch.isControl || this.#stays(record, isExpired));
    this.recordsRead += batch.count;
    this.recordsRetained += records.length;
    if (records.length === 0) return mustStay ? emptied(batch) : undefined;

    const isFinal = batch.isControl ? isNotNeeded : records.some(({ value }) => value === null);
    const setsHorizon = isFinal && horizonMs === undefined;
    if (records.length === batch.count && !setsHorizon) return batch.bytes;
    return rebuilt(batch, records, setsHorizon ? nowMs + deleteRetentionMs : horizonMs);
  }

  #stays({ key, value, offset }: KafkaRecord, isExpired: boolean): boolean {
    const { map } = this.#rules;
    if (offset > map.latestOffset) return true;
    if (key === null) {
      this.recordsWithoutKey += 1;
      return false;
    }
    return offset >= map.get(key) && (value !== null || !isExpired);
  }
}

/** When the tombstones of the batch, or the marker it is, may go. */
function deleteHorizonOf(batch: RecordBatch): number | undefined {
  return batch.hasDeleteHorizon ? batch.baseTimestamp : undefined;
}

function headerOf(batch: RecordBatch): Omit<Parameters<typeof buildBatch>[0], 'records'> {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    timestampType: batch.timestampType,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
  };
}

function rebuilt(
  batch: RecordBatch,
  records: readonly KafkaRecord[],
  deleteHorizonMs: number | undefined,
): Buffer {
  const { compression = 'none' } = batch;
  return buildBatch({
    ...headerOf(batch),
    records,
    compression,
    ...(batch.timestampType === 'LogAppendTime' ? { maxTimestamp: batch.maxTimestamp } : {}),
    ...(deleteHorizonMs === undefined ? {} : { deleteHorizonMs }),
  });
}

/** Sequence numbers and offsets without records, which says of the producer what the full batch said. */
function emptied(batch: RecordBatch): Buffer {
  return buildBatch({ ...headerOf(batch), records: [], maxTimestamp: batch.maxTimestamp });
}
