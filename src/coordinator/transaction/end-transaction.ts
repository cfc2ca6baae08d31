/**
 * EndTxn: commit or abort. The decision is what is written: once PrepareCommit or PrepareAbort is in the log nothing can
 * change it any more, and all that is left is to write the markers, by this coordinator or a later one.
 *
 * The same rules hold for the abort that the coordinator itself begins, when a new producer takes over or time is up; it
 * comes with the epoch that fences the old producer.
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { TransactionResult } from '../../records/index.ts';
import type { ProducerIdAndEpoch } from './init-producer-id.ts';
import type { Transaction } from './transaction.ts';
import type { TransactionState } from './transaction-state.ts';

export type EndDecision =
  /** NONE: it ended that way before. */
  | { readonly kind: 'answer'; readonly error: ErrorName }
  | {
      readonly kind: 'prepare';
      readonly transaction: Transaction;
      readonly to: 'PrepareCommit' | 'PrepareAbort';
      /** Set when the abort takes the place of the fence that is pending. */
      readonly fencingEpoch?: number;
    };

export interface EndTransaction extends ProducerIdAndEpoch {
  readonly result: TransactionResult;
  /** A client must name the very epoch; the coordinator's own abort comes with a higher one. */
  readonly isFromClient: boolean;
}

export function decideEnd(transaction: Transaction | undefined, end: EndTransaction): EndDecision {
  if (transaction === undefined) return answer('INVALID_PRODUCER_ID_MAPPING');
  const { producerId, producerEpoch, result, isFromClient } = end;
  if (transaction.producerId !== producerId) return answer('INVALID_PRODUCER_ID_MAPPING');
  const current = transaction.producerEpoch;
  if (isFromClient ? producerEpoch !== current : producerEpoch < current) return answer('PRODUCER_FENCED');
  const { pendingState } = transaction;
  if (pendingState !== undefined && pendingState !== 'PrepareEpochFence')
    return answer('CONCURRENT_TRANSACTIONS');
  if (transaction.state !== 'Ongoing') return answer(errorIn(transaction.state, result));
  const to = result === 'commit' ? 'PrepareCommit' : 'PrepareAbort';
  return pendingState === 'PrepareEpochFence' && to === 'PrepareAbort'
    ? { kind: 'prepare', transaction, to, fencingEpoch: producerEpoch }
    : { kind: 'prepare', transaction, to };
}

/** To end twice in the same way is no error, in another way it is. */
function errorIn(state: TransactionState, result: TransactionResult): ErrorName {
  if (state === (result === 'commit' ? 'CompleteCommit' : 'CompleteAbort')) return 'NONE';
  if (state === (result === 'commit' ? 'PrepareCommit' : 'PrepareAbort')) return 'CONCURRENT_TRANSACTIONS';
  return 'INVALID_TXN_STATE';
}

function answer(error: ErrorName): EndDecision {
  return { kind: 'answer', error };
}
