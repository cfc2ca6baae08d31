/**
 * InitProducerId v0-5: gives a producer the id under which its batches are numbered, so that none is stored twice.
 *
 * Only for producers without a transactional id so far. With one this broker answers NOT_COORDINATOR, as a broker does
 * that does not coordinate the id, and FindCoordinator names none. v3 lets a producer name the id it had; without
 * transactions that changes nothing, it gets a new one. v4 PRODUCER_FENCED, v5 TRANSACTION_ABORTABLE.
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../protocol/messages/22-init-producer-id.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

const NO_PRODUCER_ID = -1;
const NO_PRODUCER_EPOCH = -1;

export const initProducerId = defineHandler({
  request: InitProducerIdRequest,
  response: InitProducerIdResponse,

  access: ({ transactionalId }) =>
    transactionalId === null
      ? [{ operation: 'IDEMPOTENT_WRITE', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }]
      : [
          {
            operation: 'WRITE',
            resource: { type: 'TRANSACTIONAL_ID', name: transactionalId },
            ifDenied: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
          },
        ],

  handle(request, _context, { producerIdManager }) {
    const { transactionalId, producerId, producerEpoch } = request;
    if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH))
      throw new KafkaError('INVALID_REQUEST');
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST');
    if (transactionalId !== null) throw new KafkaError('NOT_COORDINATOR');
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      producerId: producerIdManager.generateProducerId(),
      producerEpoch: 0,
    };
  },

  failed: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
  }),
});
