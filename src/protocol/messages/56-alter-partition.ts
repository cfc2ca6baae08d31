/**
 * AlterPartition (api key 56): the leader of a partition asks the controller for another ISR (KIP-497). The
 * controller checks and writes it to ZooKeeper; until its answer the leader counts the larger of the two sets
 * for the high watermark.
 *
 * - v1: whether the leader has recovered from an unclean election (KIP-704).
 * - v2: topic ids instead of names (KIP-841).
 * - v3: the ISR with the broker epoch of each member, so that one which restarted meanwhile stays out
 *   (KIP-903).
 */
import { array, int16, int32, int64, int8, message, string, uuid, type MessageOf } from '../schema/fields.ts';

export const AlterPartitionRequest = message({
  name: 'AlterPartitionRequest',
  apiKey: 56,
  versions: '0-3',
  flexible: '0+',
  fields: {
    brokerId: int32('0+', { entity: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1, about: "The czxid of the leader's registration." }),
    topics: array('0+', {
      topicName: string('0-1', { ignorable: true, entity: 'topicName' }),
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        leaderEpoch: int32('0+'),
        newIsr: array('0-2', 'int32', { entity: 'brokerId' }),
        newIsrWithEpochs: array('3+', {
          brokerId: int32('3+', { entity: 'brokerId' }),
          brokerEpoch: int64('3+', { default: -1, about: '-1 if the leader does not know it.' }),
        }),
        leaderRecoveryState: int8('1+', {
          default: 0,
          about: '0 recovered, 1 recovering from an unclean election.',
        }),
        partitionEpoch: int32('0+', { about: 'The version of the state that is to be replaced.' }),
      }),
    }),
  },
});

export const AlterPartitionResponse = message({
  name: 'AlterPartitionResponse',
  apiKey: 56,
  versions: '0-3',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    topics: array('0+', {
      topicName: string('0-1', { ignorable: true, entity: 'topicName' }),
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+', { entity: 'brokerId' }),
        leaderEpoch: int32('0+'),
        isr: array('0+', 'int32', { entity: 'brokerId' }),
        leaderRecoveryState: int8('1+', { default: 0, ignorable: true }),
        partitionEpoch: int32('0+', { about: 'The version of the new state.' }),
      }),
    }),
  },
});

export type AlterPartitionRequest = MessageOf<typeof AlterPartitionRequest>;
export type AlterPartitionResponse = MessageOf<typeof AlterPartitionResponse>;
