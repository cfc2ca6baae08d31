/** StopReplica (api key 5). */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const StopReplicaRequest = message({
  name: 'StopReplicaRequest',
  apiKey: 5,
  versions: '0-4',
  flexible: '2+',
  fields: {
    controllerId: int32('0+', { entity: 'brokerId' }),
    isKRaftController: bool('4+', { default: false }),
    controllerEpoch: int32('0+'),
    brokerEpoch: int64('1+', { default: -1, ignorable: true }),
    deletePartitions: bool('0-2'),
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
        leaderEpoch: int32('3+', { default: -1 }),
        deletePartition: bool('3+'),
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
