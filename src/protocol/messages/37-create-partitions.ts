/**
 * CreatePartitions (api key 37): more partitions for topics, at the controller (KIP-195). The count is the
 * new total; there is no way to have fewer.
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: may answer THROTTLING_QUOTA_EXCEEDED (KIP-599).
 */
import { array, bool, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const CreatePartitionsRequest = message({
  name: 'CreatePartitionsRequest',
  apiKey: 37,
  versions: '0-3',
  flexible: '2+',
  fields: {
    topics: array('0+', {
      name: string('0+', { entity: 'topicName', mapKey: true }),
      count: int32('0+'),
      assignments: array(
        '0+',
        {
          brokerIds: array('0+', 'int32', { entity: 'brokerId' }),
        },
        { nullable: '0+' },
      ),
    }),
    timeoutMs: int32('0+'),
    validateOnly: bool('0+'),
  },
});

export const CreatePartitionsResponse = message({
  name: 'CreatePartitionsResponse',
  apiKey: 37,
  versions: '0-3',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
    }),
  },
});

export type CreatePartitionsRequest = MessageOf<typeof CreatePartitionsRequest>;
export type CreatePartitionsResponse = MessageOf<typeof CreatePartitionsResponse>;
