/** Records of __transaction_state. What does not fit ends the dump: the original does not expect it. */
import {
  inScalaMutableOrder,
  PartitionMap,
  topicPartitionHashCode,
  topicPartitionName,
  type TopicPartition,
} from '../../../common/index.ts';
import { TransactionLogKey, TransactionLogValue } from '../../../protocol/index.ts';
import { ByteBuffer } from '../java/byte-buffer.ts';
import { illegalState, nullPointer } from '../java/exception.ts';
import type { JsonObject } from '../java/json.ts';
import { readMessage } from '../java/message.ts';
import { shapeOf } from '../java/message-shape.ts';
import type { RecordDecoder } from './decoded-record.ts';

const KEY = shapeOf(TransactionLogKey);
const VALUE = shapeOf(TransactionLogValue);
const EMPTY = 0;
const STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
];

export const transactionLogDecoder: RecordDecoder = ({ key, value }) => {
  if (key === null)
    throw nullPointer('Cannot invoke "java.nio.ByteBuffer.getShort()" because "buffer" is null');
  const buffer = new ByteBuffer(key);
  const version = buffer.short();
  if (!isKeyVersion(version)) return { key: `unknown::version=${version}`, payload: undefined };
  const transactionalId = readMessage(KEY, version, buffer).get('transactionalId') as string;
  return {
    key: `transaction_metadata::transactionalId=${transactionalId}`,
    payload: value === null ? '<DELETE>' : transactionText(value),
  };
};

const isKeyVersion = (version: number): boolean => version >= KEY.versions.from && version <= KEY.versions.to;

/** What the key of a record names; undefined if it is of a version that nobody knows. */
export function transactionalIdIn(key: Buffer): string | undefined {
  const buffer = new ByteBuffer(key);
  const version = buffer.short();
  return isKeyVersion(version)
    ? (readMessage(KEY, version, buffer).get('transactionalId') as string)
    : undefined;
}

function transactionText(value: Buffer): string {
  const { field, state, partitions } = readTransaction(value);
  return [
    `producerId:${field('producerId')}`,
    `producerEpoch:${field('producerEpoch')}`,
    `state=${state}`,
    `partitions=[${partitions.map(topicPartitionName).join(',')}]`,
    `txnLastUpdateTimestamp=${field('transactionLastUpdateTimestampMs')}`,
    `txnTimeoutMs=${field('transactionTimeoutMs')}`,
  ].join(',');
}

/** As the original's coordinator prints what it knows of a transaction. */
export function transactionMetadataText(transactionalId: string, value: Buffer): string {
  const { field, state, partitions } = readTransaction(value);
  const fields = [
    `transactionalId=${transactionalId}`,
    `producerId=${field('producerId')}`,
    `producerEpoch=${field('producerEpoch')}`,
    `txnTimeoutMs=${field('transactionTimeoutMs')}`,
    `state=${state}`,
    'pendingState=None',
    `topicPartitions=HashSet(${partitions.map(topicPartitionName).join(', ')})`,
    `txnStartTimestamp=${field('transactionStartTimestampMs')}`,
    `txnLastUpdateTimestamp=${field('transactionLastUpdateTimestampMs')}`,
  ];
  return `TransactionMetadata(${fields.join(', ')})`;
}

interface ReadTransaction {
  readonly field: (name: string) => string;
  readonly state: string;
  readonly partitions: readonly TopicPartition[];
}

function readTransaction(value: Buffer): ReadTransaction {
  const buffer = new ByteBuffer(value);
  const version = buffer.short();
  if (version < VALUE.versions.from || version > VALUE.versions.to)
    throw illegalState(`Unknown version ${version} from the transaction log message value`);
  const json = readMessage(VALUE, version, buffer);
  const field = (name: string): string => `${json.get(name) as number | bigint}`;
  const status = Number(field('transactionStatus'));
  const state = STATES[status];
  if (state === undefined)
    throw illegalState(`Unknown transaction state id ${status} from the transaction status message`);
  return { field, state, partitions: status === EMPTY ? [] : partitionsOf(json) };
}

function partitionsOf(json: JsonObject): TopicPartition[] {
  const topics = json.get('transactionPartitions');
  if (!Array.isArray(topics))
    throw nullPointer(
      'Cannot invoke "java.util.List.forEach(java.util.function.Consumer)" because the return value of "org.apache.kafka.coordinator.transaction.generated.TransactionLogValue.transactionPartitions()" is null',
    );
  const partitions = new PartitionMap<TopicPartition>();
  for (const each of topics as JsonObject[]) {
    const topic = each.get('topic') as string;
    for (const partition of each.get('partitionIds') as number[])
      partitions.set(topic, partition, { topic, partition });
  }
  return inScalaMutableOrder([...partitions.values()], topicPartitionHashCode);
}
