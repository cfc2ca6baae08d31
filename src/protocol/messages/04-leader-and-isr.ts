/** LeaderAndIsr (api key 4). */
import {
  array,
  bool,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  uuid,
  type MessageOf,
} from '../schema/fields.ts';

const leaderAndIsrPartitionState = {
  topicName: string('0-1', { ignorable: true, entity: 'topicName' }),
  partitionIndex: int32('0+'),
  controllerEpoch: int32('0+'),
  leader: int32('0+', { entity: 'brokerId' }),
  leaderEpoch: int32('0+'),
  isr: array('0+', 'int32', { entity: 'brokerId' }),
  partitionEpoch: int32('0+'),
  replicas: array('0+', 'int32', { entity: 'brokerId' }),
  addingReplicas: array('3+', 'int32', { ignorable: true, entity: 'brokerId' }),
  removingReplicas: array('3+', 'int32', { ignorable: true, entity: 'brokerId' }),
  isNew: bool('1+', { default: false, ignorable: true }),
  leaderRecoveryState: int8('6+', { default: 0 }),
};

export const LeaderAndIsrRequest = message({
  name: 'LeaderAndIsrRequest',
  apiKey: 4,
  versions: '0-7',
  flexible: '4+',
  fields: {
    controllerId: int32('0+', { entity: 'brokerId' }),
    isKRaftController: bool('7+', { default: false }),
    controllerEpoch: int32('0+'),
    brokerEpoch: int64('2+', { default: -1, ignorable: true }),
    type: int8('5+'),
    ungroupedPartitionStates: array('0-1', leaderAndIsrPartitionState),
    topicStates: array('2+', {
      topicName: string('2+', { entity: 'topicName' }),
      topicId: uuid('5+', { ignorable: true }),
      partitionStates: array('2+', leaderAndIsrPartitionState),
    }),
    liveLeaders: array('0+', {
      brokerId: int32('0+', { entity: 'brokerId' }),
      hostName: string('0+'),
      port: int32('0+'),
    }),
  },
});

const leaderAndIsrPartitionError = {
  topicName: string('0-4', { ignorable: true, entity: 'topicName' }),
  partitionIndex: int32('0+'),
  errorCode: int16('0+'),
};

export const LeaderAndIsrResponse = message({
  name: 'LeaderAndIsrResponse',
  apiKey: 4,
  versions: '0-7',
  flexible: '4+',
  fields: {
    errorCode: int16('0+'),
    partitionErrors: array('0-4', leaderAndIsrPartitionError),
    topics: array('5+', {
      topicId: uuid('5+', { mapKey: true }),
      partitionErrors: array('5+', leaderAndIsrPartitionError),
    }),
  },
});

export type LeaderAndIsrRequest = MessageOf<typeof LeaderAndIsrRequest>;
export type LeaderAndIsrResponse = MessageOf<typeof LeaderAndIsrResponse>;
