/**
 * AllocateProducerIds (api key 67): a broker asks the controller for the next block of producer ids, to hand
 * out from (KIP-730).
 */
import { int16, int32, int64, message, type MessageOf } from '../schema/fields.ts';

export const AllocateProducerIdsRequest = message({
  name: 'AllocateProducerIdsRequest',
  apiKey: 67,
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+', { entity: 'brokerId' }),
    brokerEpoch: int64('0+', {
      default: -1,
      about: 'The czxid of the registration, to refuse an earlier life of the broker.',
    }),
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
    producerIdStart: int64('0+', { entity: 'producerId', about: 'The first id of the block.' }),
    producerIdLen: int32('0+', { about: 'How many ids are in it.' }),
  },
});

export type AllocateProducerIdsRequest = MessageOf<typeof AllocateProducerIdsRequest>;
export type AllocateProducerIdsResponse = MessageOf<typeof AllocateProducerIdsResponse>;
