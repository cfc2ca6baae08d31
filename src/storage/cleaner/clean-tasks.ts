/**
 * What of a pass runs in a worker thread: a slice of whole batches at a time, so that nobody waits long for the thread.
 * The input is cloned into the thread and the result out of it, all but the tables in shared memory.
 */
import { prepareCompression } from '../../records/index.ts';
import { type BatchRun, filterBatches } from './filter-batches.ts';
import { indexKeys as indexKeysOf, type KeysIndexed } from './index-keys.ts';
import type { LastBatches } from './last-batches.ts';
import { OffsetMap, type OffsetMapState } from './offset-map.ts';
import type { TransactionsSeen } from './transactions-seen.ts';

export const INDEX_KEYS_TASK = 'storage/cleaner/clean-tasks#indexKeys';
export const FILTER_TASK = 'storage/cleaner/clean-tasks#filter';

interface Slice {
  readonly records: Uint8Array;
  readonly map: OffsetMapState;
  readonly transactions: TransactionsSeen;
}

export interface IndexKeysInput extends Slice {
  readonly firstDirtyOffset: number;
}

export interface IndexKeysResult extends KeysIndexed {
  readonly map: OffsetMapState;
  readonly transactions: TransactionsSeen;
}

export interface FilterInput extends Slice {
  readonly lastBatches: LastBatches;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  readonly retainsLegacyDeletes: boolean;
  readonly indexIntervalBytes: number;
  /** Where what stays is put, if it fits; in shared memory it is not copied between the threads. */
  readonly room: Uint8Array;
}

export interface FilterResult {
  readonly bytesRead: number;
  readonly recordsRead: number;
  readonly recordsRetained: number;
  readonly recordsWithoutKey: number;
  readonly retained: Uint8Array;
  readonly runs: readonly BatchRun[];
  readonly transactions: TransactionsSeen;
}

export async function indexKeys(input: IndexKeysInput): Promise<IndexKeysResult> {
  await prepareCompression();
  const { transactions, firstDirtyOffset } = input;
  const map = new OffsetMap(input.map);
  const indexed = indexKeysOf(bufferOf(input.records), firstDirtyOffset, { map, transactions });
  return { ...indexed, map: map.state, transactions };
}

export async function filter(input: FilterInput): Promise<FilterResult> {
  await prepareCompression();
  const filtered = filterBatches(
    bufferOf(input.records),
    { ...input, map: new OffsetMap(input.map) },
    input.indexIntervalBytes,
    bufferOf(input.room),
  );
  return { ...filtered, transactions: input.transactions };
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
