/**
 * StopReplica (api key 5): the controller tells a broker to stop following partitions, and perhaps to delete
 * them: when a replica goes offline, is moved away, or its topic is deleted.
 *
 * - v1: broker epoch; partitions grouped by topic (KIP-380).
 * - v2: first flexible version (KIP-482).
 * - v3: leader epoch and whether to delete, for each partition (KIP-570).
 * - v4: whether the controller is a KRaft one (KIP-866).
 */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const StopReplicaRequest = message({
  name: 'StopReplicaRequest',
  apiKey: 5,
  versions: '0-4',
  flexible: '2+',
  fields: {
    controllerId: int32('0+', { entity: 'brokerId' }),
    isKRaftController: bool('4+', { default: false, about: 'Always false here.' }),
    controllerEpoch: int32('0+', { about: 'Brokers refuse a lower one than they have seen.' }),
    brokerEpoch: int64('1+', {
      default: -1,
      ignorable: true,
      about: 'The czxid of the registration the request is meant for.',
    }),
    deletePartitions: bool('0-2', { about: 'Delete the logs too.' }),
    ungroupedPartitions: array('0', {
      topicName: string('0', { entity: 'topicName' }),
      partitionIndex: int32('0'),
    }),
    topics: array('1-2', {
      name: string('1-2', { entity: 'topicName' }),
      partitionIndexes: array('1-2', 'int32'),
    }),
    topicStates: array('3+', {
      topicName: string('3+', { entity: 'topicName' }),
      partitionStates: array('3+', {
        partitionIndex: int32('3+'),
        leaderEpoch: int32('3+', { default: -1, about: '-1 if unknown, -2 to delete whatever the epoch.' }),
        deletePartition: bool('3+', { about: 'Delete the log too.' }),
      }),
    }),
  },
});

export const StopReplicaResponse = message({
  name: 'StopReplicaResponse',
  apiKey: 5,
  versions: '0-4',
  flexible: '2+',
  fields: {
    errorCode: int16('0+'),
    partitionErrors: array('0+', {
      topicName: string('0+', { entity: 'topicName' }),
      partitionIndex: int32('0+'),
      errorCode: int16('0+'),
    }),
  },
});

export type StopReplicaRequest = MessageOf<typeof StopReplicaRequest>;
export type StopReplicaResponse = MessageOf<typeof StopReplicaResponse>;
