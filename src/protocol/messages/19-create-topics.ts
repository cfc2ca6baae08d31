/**
 * CreateTopics (api key 19): new topics, at the controller (KIP-4). Either counts of partitions and replicas
 * or an assignment of replicas for each partition, never both. The answer comes when the brokers know the
 * topics, or when the time is up: they are created all the same.
 *
 * - v1: may merely check; messages with errors.
 * - v2: throttle time in the response (KIP-124).
 * - v3: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v4: -1 for partitions or replicas means the broker's default (KIP-464).
 * - v5: first flexible version (KIP-482); the configuration of the new topic in the response (KIP-525).
 * - v6: may answer THROTTLING_QUOTA_EXCEEDED (KIP-599).
 * - v7: topic ids in the response (KIP-516).
 */
import { array, bool, int16, int32, int8, message, string, uuid, type MessageOf } from '../schema/fields.ts';

export const CreateTopicsRequest = message({
  name: 'CreateTopicsRequest',
  apiKey: 19,
  versions: '0-7',
  flexible: '5+',
  fields: {
    topics: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      numPartitions: int32('0+', { about: '-1 for the default, or with an assignment.' }),
      replicationFactor: int16('0+', { about: '-1 for the default, or with an assignment.' }),
      assignments: array(
        '0+',
        {
          partitionIndex: int32('0+', { mapKey: true }),
          brokerIds: array('0+', 'int32', { entity: 'brokerId' }),
        },
        { about: 'Replicas of each partition, the preferred leader first.' },
      ),
      configs: array('0+', {
        name: string('0+', { mapKey: true }),
        value: string('0+', { nullable: '0+', about: 'Null for the default.' }),
      }),
    }),
    timeoutMs: int32('0+', { default: 60000, about: 'How long to wait until the brokers know the topics.' }),
    validateOnly: bool('1+', { default: false, about: 'Check, but create nothing.' }),
  },
});

export const CreateTopicsResponse = message({
  name: 'CreateTopicsResponse',
  apiKey: 19,
  versions: '0-7',
  flexible: '5+',
  fields: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      topicId: uuid('7+', { ignorable: true }),
      errorCode: int16('0+'),
      errorMessage: string('1+', { nullable: '0+', ignorable: true }),
      topicConfigErrorCode: int16('5+', {
        tag: 0,
        ignorable: true,
        about: 'Why configs is null: the client may not see them.',
      }),
      numPartitions: int32('5+', { default: -1, ignorable: true }),
      replicationFactor: int16('5+', { default: -1, ignorable: true }),
      configs: array(
        '5+',
        {
          name: string('5+'),
          value: string('5+', { nullable: '5+' }),
          readOnly: bool('5+'),
          configSource: int8('5+', {
            default: -1,
            ignorable: true,
            about: 'Where the value comes from, as in DescribeConfigs.',
          }),
          isSensitive: bool('5+'),
        },
        { nullable: '5+', ignorable: true },
      ),
    }),
  },
});

export type CreateTopicsRequest = MessageOf<typeof CreateTopicsRequest>;
export type CreateTopicsResponse = MessageOf<typeof CreateTopicsResponse>;
