/**
 * OffsetDelete (api key 47): forget committed offsets of a group, unless it is subscribed to the topic
 * (KIP-496).
 */
import { array, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const OffsetDeleteRequest = message({
  name: 'OffsetDeleteRequest',
  apiKey: 47,
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
      }),
    }),
  },
});

export const OffsetDeleteResponse = message({
  name: 'OffsetDeleteResponse',
  apiKey: 47,
  versions: '0',
  flexible: 'none',
  fields: {
    errorCode: int16('0+'),
    throttleTimeMs: int32('0+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+', { mapKey: true }),
        errorCode: int16('0+'),
      }),
    }),
  },
});

export type OffsetDeleteRequest = MessageOf<typeof OffsetDeleteRequest>;
export type OffsetDeleteResponse = MessageOf<typeof OffsetDeleteResponse>;
