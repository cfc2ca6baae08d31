/**
 * First half of a pass: notes the last offset of each key of the dirty part. Aborted data is not noted, or it would
 * take the place of a committed record. When the map is full the rest stays dirty for the next pass.
 */
import { batchesOf, type RecordBatch } from '../../records/index.ts';
import { BatchKeys } from './batch-keys.ts';
import { checkSound } from './check-sound.ts';
import type { OffsetMap } from './offset-map.ts';
import { noteBatch, type TransactionsSeen } from './transactions-seen.ts';

export interface KeysIndexed {
  /** Of whole batches; less than what was given when the last one is cut off. */
  readonly bytesRead: number;
  readonly isFull: boolean;
}

export function indexKeys(
  records: Buffer,
  firstDirtyOffset: number,
  { map, transactions }: { readonly map: OffsetMap; readonly transactions: TransactionsSeen },
): KeysIndexed {
  let bytesRead = 0;
  for (const batch of batchesOf(records)) {
    checkSound(batch);
    const isSuperseded = noteBatch(transactions, batch);
    if (!batch.isControl && !isSuperseded && !noteKeys(batch, firstDirtyOffset, map))
      return { bytesRead, isFull: true };
    if (batch.lastOffset >= firstDirtyOffset) map.updateLatestOffset(batch.lastOffset);
    bytesRead += batch.sizeInBytes;
  }
  return { bytesRead, isFull: false };
}

const keys = new BatchKeys();

/** False when the map has no place for one of them. */
function noteKeys(batch: RecordBatch, firstDirtyOffset: number, map: OffsetMap): boolean {
  if (batch.lastOffset < firstDirtyOffset) return true;
  keys.read(batch);
  map.touch(keys.hashes, keys.count);
  for (let index = 0; index < keys.count; index++) {
    const offset = keys.offsetOf(index);
    if (!keys.hasKey(index) || offset < firstDirtyOffset) continue;
    if (map.isFull) return false;
    map.put(keys.hashes, index, offset);
  }
  return true;
}
