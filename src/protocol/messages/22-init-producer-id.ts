/** InitProducerId (api key 22). */
import { int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const InitProducerIdRequest = message({
  name: 'InitProducerIdRequest',
  apiKey: 22,
  versions: '0-5',
  flexible: '2+',
  fields: {
    transactionalId: string('0+', { nullable: '0+', entity: 'transactionalId' }),
    transactionTimeoutMs: int32('0+'),
    producerId: int64('3+', { default: -1, entity: 'producerId' }),
    producerEpoch: int16('3+', { default: -1 }),
  },
});

export const InitProducerIdResponse = message({
  name: 'InitProducerIdResponse',
  apiKey: 22,
  versions: '0-5',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+', { ignorable: true }),
    errorCode: int16('0+'),
    producerId: int64('0+', { default: -1, entity: 'producerId' }),
    producerEpoch: int16('0+'),
  },
});

export type InitProducerIdRequest = MessageOf<typeof InitProducerIdRequest>;
export type InitProducerIdResponse = MessageOf<typeof InitProducerIdResponse>;
