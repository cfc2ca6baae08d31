/** DeleteTopics (api key 20). */
import { array, int16, int32, message, string, uuid, type MessageOf } from '../schema/fields.ts';

export const DeleteTopicsRequest = message({
  name: 'DeleteTopicsRequest',
  apiKey: 20,
  versions: '0-6',
  flexible: '4+',
  fields: {
    topics: array('6+', {
      name: string('6+', { nullable: '6+', default: null, entity: 'topicName' }),
      topicId: uuid('6+'),
    }),
    topicNames: array('0-5', 'string', { ignorable: true, entity: 'topicName' }),
    timeoutMs: int32('0+'),
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
      name: string('0+', { nullable: '6+', entity: 'topicName', mapKey: true }),
      topicId: uuid('6+', { ignorable: true }),
      errorCode: int16('0+'),
      errorMessage: string('5+', { nullable: '5+', default: null, ignorable: true }),
    }),
  },
});

export type DeleteTopicsRequest = MessageOf<typeof DeleteTopicsRequest>;
export type DeleteTopicsResponse = MessageOf<typeof DeleteTopicsResponse>;
