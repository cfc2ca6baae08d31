/**
 * LeaderAndIsr (api key 4): the controller tells a broker which partitions it leads or follows. The broker
 * refuses what comes from an older controller (controllerEpoch) or is meant for an earlier life of its own
 * (brokerEpoch), and per partition what has an older leader epoch.
 *
 * - v1: whether the partition is new, and so may be placed on any live log directory (KIP-112).
 * - v2: broker epoch; partitions grouped by topic (KIP-380).
 * - v3: replicas being added and removed (KIP-455).
 * - v4: first flexible version (KIP-482).
 * - v5: topic ids (KIP-516); the response is grouped by topic id.
 * - v6: whether the leader recovers from an unclean election (KIP-704).
 * - v7: whether the controller is a KRaft one, during a migration (KIP-866).
 */
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
  controllerEpoch: int32('0+', { about: 'Of the controller that last changed this state.' }),
  leader: int32('0+', {
    entity: 'brokerId',
    about: '-1 if there is none.',
  }),
  leaderEpoch: int32('0+', { about: 'Rises with every election; a broker refuses lower ones.' }),
  isr: array('0+', 'int32', { entity: 'brokerId' }),
  partitionEpoch: int32('0+', { about: 'The version of the state znode in ZooKeeper.' }),
  replicas: array('0+', 'int32', { entity: 'brokerId', about: 'The preferred leader first.' }),
  addingReplicas: array('3+', 'int32', { ignorable: true, entity: 'brokerId' }),
  removingReplicas: array('3+', 'int32', { ignorable: true, entity: 'brokerId' }),
  isNew: bool('1+', {
    default: false,
    ignorable: true,
    about: 'The replica is new: no log of it is expected.',
  }),
  leaderRecoveryState: int8('6+', {
    default: 0,
    about: '1 after an unclean election until the leader has recovered.',
  }),
};

export const LeaderAndIsrRequest = message({
  name: 'LeaderAndIsrRequest',
  apiKey: 4,
  versions: '0-7',
  flexible: '4+',
  fields: {
    controllerId: int32('0+', { entity: 'brokerId' }),
    isKRaftController: bool('7+', { default: false, about: 'Always false here.' }),
    controllerEpoch: int32('0+', {
      about: 'Counts the controllers of the cluster; brokers refuse lower ones.',
    }),
    brokerEpoch: int64('2+', {
      default: -1,
      ignorable: true,
      about: 'The czxid of the registration the request is meant for.',
    }),
    type: int8('5+', { about: '0 in ZooKeeper mode: partitions left out stay as they are.' }),
    ungroupedPartitionStates: array('0-1', leaderAndIsrPartitionState),
    topicStates: array('2+', {
      topicName: string('2+', { entity: 'topicName' }),
      topicId: uuid('5+', { ignorable: true, about: 'Zero if the topic has none.' }),
      partitionStates: array('2+', leaderAndIsrPartitionState),
    }),
    liveLeaders: array(
      '0+',
      {
        brokerId: int32('0+', { entity: 'brokerId' }),
        hostName: string('0+'),
        port: int32('0+'),
      },
      { about: 'Where to reach the leaders that are to be followed.' },
    ),
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
    errorCode: int16('0+', { about: 'About the whole request, such as STALE_CONTROLLER_EPOCH.' }),
    partitionErrors: array('0-4', leaderAndIsrPartitionError),
    topics: array('5+', {
      topicId: uuid('5+', { mapKey: true }),
      partitionErrors: array('5+', leaderAndIsrPartitionError),
    }),
  },
});

export type LeaderAndIsrRequest = MessageOf<typeof LeaderAndIsrRequest>;
export type LeaderAndIsrResponse = MessageOf<typeof LeaderAndIsrResponse>;
