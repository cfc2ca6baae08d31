/**
 * InitProducerId: a producer takes over a transactional id. Whoever had it before is fenced by a higher epoch; what it
 * left open is aborted first, and the new one asks again until that is done (KIP-98). With v3 and later a producer that
 * goes on after an error names what it has, and is fenced itself if somebody came in between (KIP-360).
 */
import { NO_PRODUCER_EPOCH } from '../../records/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { epochsAfterInit, isEpochExhausted, type ProducerEpochs } from './producer-epoch.ts';
import { isPrepared } from './transaction-state.ts';
import type { Transaction } from './transaction.ts';

/** What a producer says it has. */
export interface ProducerIdAndEpoch {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export type InitProducerIdDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName }
  | { readonly kind: 'set-epochs'; readonly epochs: ProducerEpochs }
  /** The epochs are used up: the next producer id, whose first epoch is 0. */
  | { readonly kind: 'rotate-producer-id'; readonly lastEpoch: number }
  /** Fence, abort, and have the producer ask again. */
  | { readonly kind: 'abort-first' };

export function decideInitProducerId(
  transaction: Transaction,
  expected: ProducerIdAndEpoch | undefined,
): InitProducerIdDecision {
  if (transaction.pendingState !== undefined) return refuse('CONCURRENT_TRANSACTIONS');
  if (expected !== undefined && !isItsProducer(transaction, expected)) return refuse('PRODUCER_FENCED');
  if (isPrepared(transaction.state)) return refuse('CONCURRENT_TRANSACTIONS');
  return transaction.state === 'Ongoing' ? { kind: 'abort-first' } : decideEpochs(transaction, expected);
}

/**
 * One without an epoch was made for this very request. The producer id before the last rotation is taken from who has
 * its last epoch: it never got the answer that told it of the new one.
 */
function isItsProducer(
  { epochs, producerId, lastProducerId }: Transaction,
  expected: ProducerIdAndEpoch,
): boolean {
  return (
    epochs.current === NO_PRODUCER_EPOCH ||
    expected.producerId === producerId ||
    (expected.producerId === lastProducerId && isEpochExhausted(expected.producerEpoch))
  );
}

function decideEpochs(
  { epochs }: Transaction,
  expected: ProducerIdAndEpoch | undefined,
): InitProducerIdDecision {
  if (isEpochExhausted(epochs.current)) {
    if (expected !== undefined && expected.producerEpoch !== epochs.current)
      // Kafka asserts that this cannot be, and its clients are told of an unknown error.
      return refuse('UNKNOWN_SERVER_ERROR');
    return {
      kind: 'rotate-producer-id',
      lastEpoch: expected === undefined ? NO_PRODUCER_EPOCH : epochs.current,
    };
  }
  const next = epochsAfterInit(epochs, expected?.producerEpoch);
  return next === undefined ? refuse('PRODUCER_FENCED') : { kind: 'set-epochs', epochs: next };
}

function refuse(error: ErrorName): InitProducerIdDecision {
  return { kind: 'refuse', error };
}
