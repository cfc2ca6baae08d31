/**
 * AddPartitionsToTxn and AddOffsetsToTxn: before a producer writes to a partition, the coordinator notes it, so that the
 * partition gets a marker whatever happens to the producer. The first partition begins the transaction.
 *
 * The leader of a partition asks the same question without adding (KIP-890): is this partition part of the transaction?
 */
import type { TopicPartition } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { ProducerIdAndEpoch } from './init-producer-id.ts';
import type { Transaction } from './transaction.ts';
import { isPrepared } from './transaction-state.ts';

/** NONE: they are part of it already, nothing is to be written. */
export type AddPartitionsDecision =
  | { readonly kind: 'answer'; readonly error: ErrorName }
  | { readonly kind: 'add'; readonly transaction: Transaction };

export function decideAddPartitions(
  transaction: Transaction | undefined,
  producer: ProducerIdAndEpoch,
  partitions: readonly TopicPartition[],
): AddPartitionsDecision {
  if (transaction === undefined) return answer('INVALID_PRODUCER_ID_MAPPING');
  const error = producerError(transaction, producer);
  if (error !== 'NONE') return answer(error);
  if (transaction.pendingState !== undefined || isPrepared(transaction.state))
    return answer('CONCURRENT_TRANSACTIONS');
  if (transaction.state === 'Ongoing' && transaction.partitions.hasAll(partitions)) return answer('NONE');
  return { kind: 'add', transaction };
}

/**
 * One answer for each partition, in their order. A change that is pending does not matter: the log of the partition looks
 * once more when it appends.
 */
export function verifyPartitions(
  transaction: Transaction | undefined,
  producer: ProducerIdAndEpoch,
  partitions: readonly TopicPartition[],
): readonly ErrorName[] {
  const error =
    transaction === undefined ? 'INVALID_PRODUCER_ID_MAPPING' : verificationError(transaction, producer);
  return partitions.map((partition) => {
    if (error !== 'NONE') return error;
    return transaction?.partitions.has(partition) === true ? 'NONE' : 'TRANSACTION_ABORTABLE';
  });
}

function verificationError(transaction: Transaction, producer: ProducerIdAndEpoch): ErrorName {
  const error = producerError(transaction, producer);
  return error === 'NONE' && isPrepared(transaction.state) ? 'CONCURRENT_TRANSACTIONS' : error;
}

function producerError(
  transaction: Transaction,
  { producerId, producerEpoch }: ProducerIdAndEpoch,
): ErrorName {
  if (transaction.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
  return transaction.producerEpoch === producerEpoch ? 'NONE' : 'PRODUCER_FENCED';
}

function answer(error: ErrorName): AddPartitionsDecision {
  return { kind: 'answer', error };
}
