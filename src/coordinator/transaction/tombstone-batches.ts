/** Expired ids in batches that a partition takes: all tombstones of a batch are written together. */
import type { Transaction } from './transaction.ts';

/** Of a batch without records, and of a record beside its key: generous. */
const BATCH_OVERHEAD = 61;
const RECORD_OVERHEAD = 32;

export function* tombstoneBatches(
  transactions: readonly Transaction[],
  maxBatchBytes: number,
): Generator<readonly Transaction[]> {
  let batch: Transaction[] = [];
  let bytes = BATCH_OVERHEAD;
  for (const transaction of transactions) {
    const size = RECORD_OVERHEAD + Buffer.byteLength(transaction.transactionalId);
    if (batch.length > 0 && bytes + size > maxBatchBytes) {
      yield batch;
      batch = [];
      bytes = BATCH_OVERHEAD;
    }
    batch.push(transaction);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
