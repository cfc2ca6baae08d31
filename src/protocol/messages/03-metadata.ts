/**
 * Metadata (api key 3): where everything is: brokers, controller, topics, and the leader, replicas and ISR of
 * each partition. The first real request of every client, and the one it repeats whenever it finds that
 * leadership moved.
 *
 * - v1: null asks for all topics, an empty list for none; racks (KIP-36), controller, internal topics.
 * - v2: cluster id (KIP-78).
 * - v3: throttle time in the response (KIP-124).
 * - v4: whether a missing topic may be created (KAFKA-5291).
 * - v5: replicas that are offline (KIP-112).
 * - v6: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v7: leader epochs (KIP-320).
 * - v8: what the client may do with the cluster and its topics (KIP-430).
 * - v9: first flexible version (KIP-482).
 * - v10: topic ids in the response (KIP-516).
 * - v11: operations on the cluster moved to DescribeCluster (KIP-700).
 * - v12: topics may be asked for by id (KIP-516).
 */
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
        name: string('0+', {
          nullable: '10+',
          entity: 'topicName',
          about: 'Null when the topic is named by its id.',
        }),
      },
      { nullable: '1+', about: 'Null for all; in v0 an empty list stands for all.' },
    ),
    allowAutoTopicCreation: bool('4+', {
      default: true,
      about: 'Create what is missing, if the broker is set to do so.',
    }),
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
    controllerId: int32('1+', {
      default: -1,
      ignorable: true,
      entity: 'brokerId',
      about: '-1 if there is none at the moment.',
    }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: string('0+', { nullable: '12+', entity: 'topicName', mapKey: true }),
      topicId: uuid('10+', { ignorable: true }),
      isInternal: bool('1+', {
        default: false,
        ignorable: true,
        about: 'Whether Kafka itself keeps state in it.',
      }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+', { entity: 'brokerId', about: '-1 if there is no leader.' }),
        leaderEpoch: int32('7+', { default: -1, ignorable: true }),
        replicaNodes: array('0+', 'int32', { entity: 'brokerId', about: 'The preferred leader first.' }),
        isrNodes: array('0+', 'int32', { entity: 'brokerId' }),
        offlineReplicas: array('5+', 'int32', { ignorable: true, entity: 'brokerId' }),
      }),
      topicAuthorizedOperations: int32('8+', {
        default: -2147483648,
        about: 'A bit for each operation; Integer.MIN_VALUE if not asked for.',
      }),
    }),
    clusterAuthorizedOperations: int32('8-10', { default: -2147483648, about: 'Likewise.' }),
  },
});

export type MetadataRequest = MessageOf<typeof MetadataRequest>;
export type MetadataResponse = MessageOf<typeof MetadataResponse>;
