/** Metadata (api key 3). */
import { array, bool, int16, int32, message, string, uuid, type MessageOf } from '../schema/fields.ts';

export const MetadataRequest = message({
  name: 'MetadataRequest',
  apiKey: 3,
  versions: '0-12',
  flexible: '9+',
  fields: {
    topics: array(
      '0+',
      {
        topicId: uuid('10+', { ignorable: true }),
        name: string('0+', { nullable: '10+', entity: 'topicName' }),
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool('4+', { default: true }),
    includeClusterAuthorizedOperations: bool('8-10'),
    includeTopicAuthorizedOperations: bool('8+'),
  },
});

export const MetadataResponse = message({
  name: 'MetadataResponse',
  apiKey: 3,
  versions: '0-12',
  flexible: '9+',
  fields: {
    throttleTimeMs: int32('3+', { ignorable: true }),
    brokers: array('0+', {
      nodeId: int32('0+', { entity: 'brokerId', mapKey: true }),
      host: string('0+'),
      port: int32('0+'),
      rack: string('1+', { nullable: '1+', default: null, ignorable: true }),
    }),
    clusterId: string('2+', { nullable: '2+', default: null, ignorable: true }),
    controllerId: int32('1+', { default: -1, ignorable: true, entity: 'brokerId' }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: string('0+', { nullable: '12+', entity: 'topicName', mapKey: true }),
      topicId: uuid('10+', { ignorable: true }),
      isInternal: bool('1+', { default: false, ignorable: true }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+', { entity: 'brokerId' }),
        leaderEpoch: int32('7+', { default: -1, ignorable: true }),
        replicaNodes: array('0+', 'int32', { entity: 'brokerId' }),
        isrNodes: array('0+', 'int32', { entity: 'brokerId' }),
        offlineReplicas: array('5+', 'int32', { ignorable: true, entity: 'brokerId' }),
      }),
      topicAuthorizedOperations: int32('8+', { default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32('8-10', { default: -2147483648 }),
  },
});

export type MetadataRequest = MessageOf<typeof MetadataRequest>;
export type MetadataResponse = MessageOf<typeof MetadataResponse>;
