/** EndTxn (api key 26). */
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
