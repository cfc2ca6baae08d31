/**
 * AddOffsetsToTxn (api key 25): a producer announces that its transaction will commit offsets of a group: to
 * the transaction that is one more partition, of `__consumer_offsets` (KIP-98).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: may answer PRODUCER_FENCED (KIP-588).
 * - v3: first flexible version (KIP-482).
 * - v4: may answer TRANSACTION_ABORTABLE (KIP-890).
 */
import { int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const AddOffsetsToTxnRequest = message({
  name: 'AddOffsetsToTxnRequest',
  apiKey: 25,
  versions: '0-4',
  flexible: '3+',
  fields: {
    transactionalId: string('0+', { entity: 'transactionalId' }),
    producerId: int64('0+', { entity: 'producerId' }),
    producerEpoch: int16('0+'),
    groupId: string('0+', { entity: 'groupId' }),
  },
});

export const AddOffsetsToTxnResponse = message({
  name: 'AddOffsetsToTxnResponse',
  apiKey: 25,
  versions: '0-4',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
  },
});

export type AddOffsetsToTxnRequest = MessageOf<typeof AddOffsetsToTxnRequest>;
export type AddOffsetsToTxnResponse = MessageOf<typeof AddOffsetsToTxnResponse>;
