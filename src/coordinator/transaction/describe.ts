/** DescribeTransactions and ListTransactions: what of transactions is told, and which of them a filter lets through. */
import type { TopicPartition } from '../../common/index.ts';
import type { Transaction } from './transaction.ts';
import { stateOfName, type TransactionState } from './transaction-state.ts';

export interface DescribedTransaction {
  readonly transactionalId: string;
  readonly state: TransactionState;
  readonly timeoutMs: number;
  readonly startMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly partitions: readonly TopicPartition[];
}

export function describeTransaction(transaction: Transaction): DescribedTransaction {
  const { transactionalId, state, timeoutMs, startMs, producerId, producerEpoch, partitions } = transaction;
  return {
    transactionalId,
    state,
    timeoutMs,
    startMs,
    producerId,
    producerEpoch,
    partitions: [...partitions],
  };
}

export interface TransactionFilter {
  readonly states: readonly string[];
  readonly producerIds: readonly number[];
  /** Below 0: of any age. */
  readonly durationMs: number;
}

/** A filter of which no state is known lets nothing through. */
export function isListed(transaction: Transaction, filter: TransactionFilter, nowMs: number): boolean {
  const { states, producerIds, durationMs } = filter;
  const { state, producerId, startMs } = transaction;
  if (state === 'Dead') return false;
  if (producerIds.length > 0 && !producerIds.includes(producerId)) return false;
  if (states.length > 0 && !states.includes(state)) return false;
  return durationMs < 0 || nowMs - startMs > durationMs;
}

export function unknownStates(states: readonly string[]): string[] {
  return states.filter((name) => stateOfName(name) === undefined);
}
