/**
 * ListTransactions v0-1: the transactional ids this broker coordinates, filtered by state, by producer id and, from v1 on,
 * by how long their transaction has been running (KIP-664, KIP-994).
 */
import { ErrorCode } from '../../protocol/index.ts';
import {
  ListTransactionsRequest,
  ListTransactionsResponse,
} from '../../protocol/messages/66-list-transactions.ts';
import { defineHandler } from '../handler.ts';

export const listTransactions = defineHandler({
  request: ListTransactionsRequest,
  response: ListTransactionsResponse,

  handle({ stateFilters, producerIdFilters, durationFilter }, context, { transactionCoordinator }) {
    const listed = transactionCoordinator.list({
      states: stateFilters,
      producerIds: producerIdFilters,
      durationMs: durationFilter,
    });
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode[listed.error],
      unknownStateFilters: [...listed.unknownStates],
      transactionStates: listed.transactions
        .filter(({ transactionalId: name }) =>
          context.authorize('DESCRIBE', { type: 'TRANSACTIONAL_ID', name }),
        )
        .map(({ transactionalId, producerId, state }) => ({
          transactionalId,
          producerId,
          transactionState: state,
        })),
    };
  },

  failed: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    unknownStateFilters: [],
    transactionStates: [],
  }),
});
