/**
 * EndTxn (api key 26): commit or abort: the coordinator writes its decision down, answers, and then sees to
 * the markers (KIP-98).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: may answer PRODUCER_FENCED (KIP-588).
 * - v3: first flexible version (KIP-482).
 * - v4: may answer TRANSACTION_ABORTABLE (KIP-890).
 */
import { bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const EndTxnRequest = message({
  name: 'EndTxnRequest',
  apiKey: 26,
  versions: '0-4',
  flexible: '3+',
  fields: {
    transactionalId: string('0+', { entity: 'transactionalId' }),
    producerId: int64('0+', { entity: 'producerId' }),
    producerEpoch: int16('0+'),
    committed: bool('0+'),
  },
});

export const EndTxnResponse = message({
  name: 'EndTxnResponse',
  apiKey: 26,
  versions: '0-4',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
  },
});

export type EndTxnRequest = MessageOf<typeof EndTxnRequest>;
export type EndTxnResponse = MessageOf<typeof EndTxnResponse>;
