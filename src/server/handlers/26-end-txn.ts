/**
 * EndTxn v0-4: commit or abort. Answered once the coordinator has stored the decision; readers of committed records see
 * what it decides as soon as the markers are written, which is a moment later (KIP-98). v2 PRODUCER_FENCED, v4
 * TRANSACTION_ABORTABLE.
 */
import { ErrorCode } from '../../protocol/index.ts';
import { EndTxnRequest, EndTxnResponse } from '../../protocol/messages/26-end-txn.ts';
import { defineHandler } from '../handler.ts';
import { fencedFor } from './producer-fenced.ts';
import { writeTransactionalId } from './transactional-access.ts';

const FENCED_SINCE_VERSION = 2;

export const endTxn = defineHandler({
  request: EndTxnRequest,
  response: EndTxnResponse,

  access: ({ transactionalId }) => [writeTransactionalId(transactionalId)],

  async handle({ transactionalId, committed, ...producer }, context, { transactionCoordinator }) {
    const result = committed ? 'commit' : 'abort';
    const error = await transactionCoordinator.endTransaction(transactionalId, { ...producer, result });
    return { throttleTimeMs: 0, errorCode: ErrorCode[fencedFor(context, FENCED_SINCE_VERSION, error)] };
  },

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error] }),
});
