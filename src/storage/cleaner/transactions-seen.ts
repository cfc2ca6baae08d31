/**
 * The transactions a pass is in the middle of (Kafka's CleanedTransactionMetadata). Aborted data is superseded by
 * nothing and needed by nobody, so it goes. A marker has to stay as long as data of its transaction is in the log:
 * without it a reader could not tell where the transaction ended.
 *
 * The state is plain values: it travels with the bytes from one worker to the next.
 */
import { decodeEndTransactionMarker, type RecordBatch } from '../../records/index.ts';
import type { IndexedTransaction } from '../transaction-index.ts';

export interface TransactionsSeen {
  /** Those that were aborted and begin further on, by first offset. */
  readonly awaited: IndexedTransaction[];
  /** By producer: an aborted one that has begun, and whether data of it was met. */
  readonly aborted: Map<number, { readonly transaction: IndexedTransaction; hasData: boolean }>;
  /** Producers of which data was met that is not known to be aborted. */
  readonly committed: Set<number>;
  /** Aborted ones whose data was met: the rows of the transaction index of what is written. */
  readonly indexed: IndexedTransaction[];
}

export function noTransactions(): TransactionsSeen {
  return { awaited: [], aborted: new Map(), committed: new Set(), indexed: [] };
}

export function awaitAborted(seen: TransactionsSeen, transactions: readonly IndexedTransaction[]): void {
  seen.awaited.push(...transactions);
  seen.awaited.sort((left, right) => left.firstOffset - right.firstOffset);
}

/** Takes note of a batch; true when nothing in it is needed for what it says. */
export function noteBatch(seen: TransactionsSeen, batch: RecordBatch): boolean {
  beginUpTo(seen, batch.lastOffset);
  if (batch.isControl) return noteMarker(seen, batch);
  if (!batch.isTransactional) return false;
  const aborted = seen.aborted.get(batch.producerId);
  if (aborted === undefined) {
    seen.committed.add(batch.producerId);
    return false;
  }
  aborted.hasData = true;
  return true;
}

function beginUpTo(seen: TransactionsSeen, offset: number): void {
  for (let next = seen.awaited[0]; next !== undefined && next.firstOffset <= offset; next = seen.awaited[0]) {
    seen.awaited.shift();
    // Another row of the same transaction: segments that it spans each have one.
    if (!seen.aborted.has(next.producerId))
      seen.aborted.set(next.producerId, { transaction: next, hasData: false });
  }
}

function noteMarker(seen: TransactionsSeen, batch: RecordBatch): boolean {
  // An earlier pass has taken the marker out and left the batch for its producer's epoch.
  if (batch.count === 0) return true;
  const marker = decodeEndTransactionMarker(batch);
  if (marker === undefined) return false;
  if (marker.result === 'commit') return !seen.committed.delete(batch.producerId);
  const aborted = seen.aborted.get(batch.producerId);
  seen.aborted.delete(batch.producerId);
  if (aborted?.hasData !== true) return true;
  seen.indexed.push(aborted.transaction);
  return false;
}
