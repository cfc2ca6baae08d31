/** Records of __transaction_state. What does not fit ends the dump: the original does not expect it. */
import {
  inScalaMutableOrder,
  PartitionMap,
  topicPartitionHashCode,
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
  if (version < KEY.versions.from || version > KEY.versions.to)
    return { key: `unknown::version=${version}`, payload: undefined };
  const transactionalId = readMessage(KEY, version, buffer).get('transactionalId') as string;
  return {
    key: `transaction_metadata::transactionalId=${transactionalId}`,
    payload: value === null ? '<DELETE>' : transactionText(new ByteBuffer(value)),
  };
};

function transactionText(buffer: ByteBuffer): string {
  const version = buffer.short();
  if (version < VALUE.versions.from || version > VALUE.versions.to)
    throw illegalState(`Unknown version ${version} from the transaction log message value`);
  const json = readMessage(VALUE, version, buffer);
  const field = (name: string): string => `${json.get(name) as number | bigint}`;
  const status = Number(field('transactionStatus'));
  const state = STATES[status];
  if (state === undefined)
    throw illegalState(`Unknown transaction state id ${status} from the transaction status message`);
  const partitions = status === EMPTY ? [] : partitionsOf(json);
  return [
    `producerId:${field('producerId')}`,
    `producerEpoch:${field('producerEpoch')}`,
    `state=${state}`,
    `partitions=[${partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(',')}]`,
    `txnLastUpdateTimestamp=${field('transactionLastUpdateTimestampMs')}`,
    `txnTimeoutMs=${field('transactionTimeoutMs')}`,
  ].join(',');
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
