/** AllocateProducerIds (api key 67). */
import { int16, int32, int64, message, type MessageOf } from '../schema/fields.ts';

export const AllocateProducerIdsRequest = message({
  name: 'AllocateProducerIdsRequest',
  apiKey: 67,
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+', { entity: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
  },
});

export const AllocateProducerIdsResponse = message({
  name: 'AllocateProducerIdsResponse',
  apiKey: 67,
  versions: '0',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerIdStart: int64('0+', { entity: 'producerId' }),
    producerIdLen: int32('0+'),
  },
});

export type AllocateProducerIdsRequest = MessageOf<typeof AllocateProducerIdsRequest>;
export type AllocateProducerIdsResponse = MessageOf<typeof AllocateProducerIdsResponse>;
