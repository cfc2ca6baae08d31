/**
 * InitProducerId (api key 22): a producer id with its epoch, for idempotence; with a transactional id also
 * the end of whatever an earlier producer of that id left open, and its fencing by a higher epoch (KIP-98).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: the id and epoch the producer has, to go on with after an error (KIP-360).
 * - v4: may answer PRODUCER_FENCED (KIP-588).
 * - v5: may answer TRANSACTION_ABORTABLE (KIP-890).
 */
import { int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const InitProducerIdRequest = message({
  name: 'InitProducerIdRequest',
  apiKey: 22,
  versions: '0-5',
  flexible: '2+',
  fields: {
    transactionalId: string('0+', {
      nullable: '0+',
      entity: 'transactionalId',
      about: 'Null if the producer is idempotent only.',
    }),
    transactionTimeoutMs: int32('0+', {
      about: 'The coordinator aborts a transaction that is open for longer.',
    }),
    producerId: int64('3+', {
      default: -1,
      entity: 'producerId',
      about: 'The one the producer has, -1 at the first time.',
    }),
    producerEpoch: int16('3+', { default: -1, about: 'Likewise.' }),
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
