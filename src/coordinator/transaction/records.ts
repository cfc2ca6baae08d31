/**
 * The records of `__transaction_state`: a transactional id and where its transaction stands, to bytes and back. Written
 * in value version 0, as Kafka does without the feature transaction.version, which a cluster in ZooKeeper mode never has;
 * version 1, flexible, is read (contract 5.2).
 *
 * A value that cannot be understood ends the load: to skip it would lose a transaction in silence.
 */
import {
  inScalaImmutableOrder,
  javaHashCode,
  PartitionMap,
  SCALA_LINEAR_ENTRIES,
} from '../../common/index.ts';
import { decodeVersioned, encodeVersioned, peekVersion } from '../../protocol/index.ts';
import { KafkaError, TransactionLogKey, TransactionLogValue } from '../../protocol/index.ts';
import type { CoordinatorRecord } from '../runtime/coordinator-runtime.ts';
import { idOfState, stateOfId } from './transaction-state.ts';
import type { TransactionSnapshot, TransactionTransition } from './transaction.ts';

const KEY_VERSION = 0;
const VALUE_VERSION = 0;

export type TransactionRecord =
  | {
      readonly kind: 'transaction';
      readonly transactionalId: string;
      readonly snapshot: TransactionSnapshot | null;
    }
  | { readonly kind: 'unknown'; readonly keyVersion: number };

export function transactionRecord(transactionalId: string, to: TransactionTransition): CoordinatorRecord {
  const value = encodeVersioned(TransactionLogValue, VALUE_VERSION, {
    producerId: to.producerId,
    producerEpoch: to.producerEpoch,
    transactionTimeoutMs: to.timeoutMs,
    transactionStatus: idOfState(to.state),
    transactionPartitions: to.state === 'Empty' ? null : partitionsByTopic(to),
    transactionLastUpdateTimestampMs: to.lastUpdateMs,
    transactionStartTimestampMs: to.startMs,
  });
  return { key: keyOf(transactionalId), value };
}

export function transactionTombstone(transactionalId: string): CoordinatorRecord {
  return { key: keyOf(transactionalId), value: null };
}

export function decodeTransactionRecord(key: Buffer, value: Buffer | null): TransactionRecord {
  const keyVersion = peekVersion(key);
  if (keyVersion !== KEY_VERSION) return { kind: 'unknown', keyVersion };
  const { transactionalId } = decodeVersioned(TransactionLogKey, key).value;
  return { kind: 'transaction', transactionalId, snapshot: value && decodeSnapshot(value) };
}

function keyOf(transactionalId: string): Buffer {
  return encodeVersioned(TransactionLogKey, KEY_VERSION, { transactionalId });
}

/** In the order of the original's maps and sets: topics always by hash, partitions from the fifth of all on. */
function partitionsByTopic({
  partitions,
}: TransactionTransition): { topic: string; partitionIds: number[] }[] {
  const byTopic = new PartitionMap<true>();
  for (const { topic, partition } of partitions) byTopic.set(topic, partition, true);
  const isLinear = partitions.length <= SCALA_LINEAR_ENTRIES;
  return inScalaImmutableOrder([...byTopic.topics()], javaHashCode).map((topic) => {
    const ids = [...byTopic.partitionsOf(topic).keys()];
    return { topic, partitionIds: isLinear ? ids : inScalaImmutableOrder(ids, (id) => id) };
  });
}

function decodeSnapshot(buffer: Buffer): TransactionSnapshot {
  const { value } = decodeVersioned(TransactionLogValue, buffer);
  const state = stateOfId(value.transactionStatus);
  if (state === undefined)
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `Unknown transaction state id ${value.transactionStatus}`);
  return {
    state,
    producerId: value.producerId,
    producerEpoch: value.producerEpoch,
    timeoutMs: value.transactionTimeoutMs,
    partitions: (value.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
      partitionIds.map((partition) => ({ topic, partition })),
    ),
    startMs: value.transactionStartTimestampMs,
    lastUpdateMs: value.transactionLastUpdateTimestampMs,
  };
}
