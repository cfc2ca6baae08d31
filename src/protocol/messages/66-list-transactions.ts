/**
 * ListTransactions (api key 66): the transactions this broker coordinates, by state or producer id (KIP-664).
 *
 * - v1: by how long they have been running (KIP-994).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const ListTransactionsRequest = message({
  name: 'ListTransactionsRequest',
  apiKey: 66,
  versions: '0-1',
  flexible: '0+',
  fields: {
    stateFilters: array('0+', 'string'),
    producerIdFilters: array('0+', 'int64', { entity: 'producerId' }),
    durationFilter: int64('1+', { default: -1 }),
  },
});

export const ListTransactionsResponse = message({
  name: 'ListTransactionsResponse',
  apiKey: 66,
  versions: '0-1',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    unknownStateFilters: array('0+', 'string'),
    transactionStates: array('0+', {
      transactionalId: string('0+', { entity: 'transactionalId' }),
      producerId: int64('0+', { entity: 'producerId' }),
      transactionState: string('0+'),
    }),
  },
});

export type ListTransactionsRequest = MessageOf<typeof ListTransactionsRequest>;
export type ListTransactionsResponse = MessageOf<typeof ListTransactionsResponse>;
