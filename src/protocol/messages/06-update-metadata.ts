/**
 * UpdateMetadata (api key 6): the controller tells every broker the state of the cluster: who is alive and
 * where, and who leads what. Brokers answer Metadata from what this taught them; they never ask ZooKeeper for
 * it.
 *
 * - v1: several endpoints for each broker (KIP-2).
 * - v2: racks (KIP-36).
 * - v3: listener names (KIP-103).
 * - v4: replicas that are offline (KIP-112).
 * - v5: broker epoch; partitions grouped by topic (KIP-380).
 * - v6: first flexible version (KIP-482).
 * - v7: topic ids (KIP-516).
 * - v8: whether the controller is a KRaft one (KIP-866).
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

const updateMetadataPartitionState = {
  topicName: string('0-4', { ignorable: true, entity: 'topicName' }),
  partitionIndex: int32('0+'),
  controllerEpoch: int32('0+'),
  leader: int32('0+', {
    entity: 'brokerId',
    about: '-1 if there is none, -2 while the topic is being deleted.',
  }),
  leaderEpoch: int32('0+'),
  isr: array('0+', 'int32', { entity: 'brokerId' }),
  zkVersion: int32('0+', { about: 'The version of the state znode in ZooKeeper.' }),
  replicas: array('0+', 'int32', { entity: 'brokerId' }),
  offlineReplicas: array('4+', 'int32', { ignorable: true, entity: 'brokerId' }),
};

export const UpdateMetadataRequest = message({
  name: 'UpdateMetadataRequest',
  apiKey: 6,
  versions: '0-8',
  flexible: '6+',
  fields: {
    controllerId: int32('0+', { entity: 'brokerId' }),
    isKRaftController: bool('8+', { default: false, about: 'Always false here.' }),
    type: int8('8+', { default: 0, tag: 0, about: 'Of the migration to KRaft; 0 here.' }),
    controllerEpoch: int32('0+', { about: 'Brokers refuse a lower one than they have seen.' }),
    brokerEpoch: int64('5+', {
      default: -1,
      ignorable: true,
      about: 'The czxid of the registration the request is meant for.',
    }),
    ungroupedPartitionStates: array('0-4', updateMetadataPartitionState),
    topicStates: array('5+', {
      topicName: string('5+', { entity: 'topicName' }),
      topicId: uuid('7+', { ignorable: true }),
      partitionStates: array('5+', updateMetadataPartitionState),
    }),
    liveBrokers: array(
      '0+',
      {
        id: int32('0+', { entity: 'brokerId' }),
        v0Host: string('0', { ignorable: true }),
        v0Port: int32('0', { ignorable: true }),
        endpoints: array(
          '1+',
          {
            port: int32('1+'),
            host: string('1+'),
            listener: string('3+', { ignorable: true }),
            securityProtocol: int16('1+', { about: '0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.' }),
          },
          { ignorable: true },
        ),
        rack: string('2+', { nullable: '0+', ignorable: true }),
      },
      { about: 'All that are alive; whoever is missing is not.' },
    ),
  },
});

export const UpdateMetadataResponse = message({
  name: 'UpdateMetadataResponse',
  apiKey: 6,
  versions: '0-8',
  flexible: '6+',
  fields: {
    errorCode: int16('0+'),
  },
});

export type UpdateMetadataRequest = MessageOf<typeof UpdateMetadataRequest>;
export type UpdateMetadataResponse = MessageOf<typeof UpdateMetadataResponse>;
