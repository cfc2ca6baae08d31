/**
 * First half of a pass: notes the last offset of each key of the dirty part. Aborted data is not noted, or it would
 * take the place of a committed record. When the map is full the rest stays dirty for the next pass.
 */
import { batchesOf, decodeRecords, type RecordBatch } from '../../records/index.ts';
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

/** False when the map has no place for one of them. */
function noteKeys(batch: RecordBatch, firstDirtyOffset: number, map: OffsetMap): boolean {
  if (batch.lastOffset < firstDirtyOffset) return true;
  for (const { key, offset } of decodeRecords(batch)) {
    if (key === null || offset < firstDirtyOffset) continue;
    if (map.isFull) return false;
    map.put(key, offset);
  }
  return true;
}
