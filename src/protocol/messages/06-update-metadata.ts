/** UpdateMetadata (api key 6). */
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
  leader: int32('0+', { entity: 'brokerId' }),
  leaderEpoch: int32('0+'),
  isr: array('0+', 'int32', { entity: 'brokerId' }),
  zkVersion: int32('0+'),
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
    isKRaftController: bool('8+', { default: false }),
    type: int8('8+', { default: 0, tag: 0 }),
    controllerEpoch: int32('0+'),
    brokerEpoch: int64('5+', { default: -1, ignorable: true }),
    ungroupedPartitionStates: array('0-4', updateMetadataPartitionState),
    topicStates: array('5+', {
      topicName: string('5+', { entity: 'topicName' }),
      topicId: uuid('7+', { ignorable: true }),
      partitionStates: array('5+', updateMetadataPartitionState),
    }),
    liveBrokers: array('0+', {
      id: int32('0+', { entity: 'brokerId' }),
      v0Host: string('0', { ignorable: true }),
      v0Port: int32('0', { ignorable: true }),
      endpoints: array(
        '1+',
        {
          port: int32('1+'),
          host: string('1+'),
          listener: string('3+', { ignorable: true }),
          securityProtocol: int16('1+'),
        },
        { ignorable: true },
      ),
      rack: string('2+', { nullable: '0+', ignorable: true }),
    }),
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
