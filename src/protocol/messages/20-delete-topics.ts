/**
 * DeleteTopics (api key 20): topics to be deleted, at the controller (KIP-4). Deletion is noted in ZooKeeper
 * and happens when all replicas can be reached.
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: may answer TOPIC_DELETION_DISABLED (KIP-322).
 * - v4: first flexible version (KIP-482).
 * - v5: messages with errors; may answer THROTTLING_QUOTA_EXCEEDED (KIP-599).
 * - v6: by name or by topic id (KIP-516).
 */
import { array, int16, int32, message, string, uuid, type MessageOf } from '../schema/fields.ts';

export const DeleteTopicsRequest = message({
  name: 'DeleteTopicsRequest',
  apiKey: 20,
  versions: '0-6',
  flexible: '4+',
  fields: {
    topics: array('6+', {
      name: string('6+', {
        nullable: '6+',
        default: null,
        entity: 'topicName',
        about: 'Null when the topic is named by its id.',
      }),
      topicId: uuid('6+'),
    }),
    topicNames: array('0-5', 'string', { ignorable: true, entity: 'topicName' }),
    timeoutMs: int32('0+', { about: 'How long to wait until the topics are gone.' }),
  },
});

export const DeleteTopicsResponse = message({
  name: 'DeleteTopicsResponse',
  apiKey: 20,
  versions: '0-6',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    responses: array('0+', {
      name: string('0+', {
        nullable: '6+',
        entity: 'topicName',
        mapKey: true,
        about: 'Null if the id asked for is unknown.',
      }),
      topicId: uuid('6+', { ignorable: true }),
      errorCode: int16('0+'),
      errorMessage: string('5+', { nullable: '5+', default: null, ignorable: true }),
    }),
  },
});

export type DeleteTopicsRequest = MessageOf<typeof DeleteTopicsRequest>;
export type DeleteTopicsResponse = MessageOf<typeof DeleteTopicsResponse>;
