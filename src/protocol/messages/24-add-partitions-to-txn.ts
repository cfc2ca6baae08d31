/**
 * AddPartitionsToTxn (api key 24): a producer announces the partitions its transaction will write to, before
 * it does; the coordinator notes them, to know where markers must go (KIP-98). In another role the leader of
 * a partition asks the coordinator whether it was announced (KIP-890).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: may answer PRODUCER_FENCED (KIP-588).
 * - v3: first flexible version (KIP-482); the last one for clients.
 * - v4: several transactions, and asking without adding; for brokers only (KIP-890).
 * - v5: may answer TRANSACTION_ABORTABLE (KIP-890).
 */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

const addPartitionsToTxnTopic = {
  name: string('0+', { entity: 'topicName', mapKey: true }),
  partitions: array('0+', 'int32'),
};

export const AddPartitionsToTxnRequest = message({
  name: 'AddPartitionsToTxnRequest',
  apiKey: 24,
  versions: '0-5',
  flexible: '3+',
  fields: {
    transactions: array('4+', {
      transactionalId: string('4+', { entity: 'transactionalId', mapKey: true }),
      producerId: int64('4+', { entity: 'producerId' }),
      producerEpoch: int16('4+'),
      verifyOnly: bool('4+', { default: false }),
      topics: array('4+', addPartitionsToTxnTopic),
    }),
    v3AndBelowTransactionalId: string('0-3', { entity: 'transactionalId' }),
    v3AndBelowProducerId: int64('0-3', { entity: 'producerId' }),
    v3AndBelowProducerEpoch: int16('0-3'),
    v3AndBelowTopics: array('0-3', addPartitionsToTxnTopic),
  },
});

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32('0+', { mapKey: true }),
  partitionErrorCode: int16('0+'),
};

const addPartitionsToTxnTopicResult = {
  name: string('0+', { entity: 'topicName', mapKey: true }),
  resultsByPartition: array('0+', addPartitionsToTxnPartitionResult),
};

export const AddPartitionsToTxnResponse = message({
  name: 'AddPartitionsToTxnResponse',
  apiKey: 24,
  versions: '0-5',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('4+', { ignorable: true }),
    resultsByTransaction: array('4+', {
      transactionalId: string('4+', { entity: 'transactionalId', mapKey: true }),
      topicResults: array('4+', addPartitionsToTxnTopicResult),
    }),
    resultsByTopicV3AndBelow: array('0-3', addPartitionsToTxnTopicResult),
  },
});

export type AddPartitionsToTxnRequest = MessageOf<typeof AddPartitionsToTxnRequest>;
export type AddPartitionsToTxnResponse = MessageOf<typeof AddPartitionsToTxnResponse>;
