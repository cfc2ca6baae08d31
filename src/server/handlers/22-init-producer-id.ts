/**
 * InitProducerId v0-5: gives a producer the id under which its batches are numbered, so that none is stored twice.
 *
 * With a transactional id its coordinator answers: the same producer id under the next epoch, which fences whoever had it
 * before. Without one any broker answers, with an id nobody had. v3 lets a producer name what it has (KIP-360), which
 * without transactions changes nothing. v4 PRODUCER_FENCED, v5 TRANSACTION_ABORTABLE.
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../protocol/messages/22-init-producer-id.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';
import { fencedFor } from './producer-fenced.ts';

const NO_PRODUCER_ID = -1;
const NO_PRODUCER_EPOCH = -1;
const FENCED_SINCE_VERSION = 4;

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

  async handle(request, context, { producerIdManager, transactionCoordinator }) {
    const { transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch } = request;
    if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH))
      throw new KafkaError('INVALID_REQUEST');
    if (transactionalId === null)
      return answer('NONE', { producerId: producerIdManager.generateProducerId(), producerEpoch: 0 });
    const expected = producerId === NO_PRODUCER_ID ? undefined : { producerId, producerEpoch };
    const { error, ...given } = await transactionCoordinator.initProducerId({
      transactionalId,
      timeoutMs,
      expected,
    });
    return answer(fencedFor(context, FENCED_SINCE_VERSION, error), given);
  },

  failed: (_request, error) =>
    answer(error, { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }),
});

function answer(
  error: keyof typeof ErrorCode,
  given: { readonly producerId: number; readonly producerEpoch: number },
): InitProducerIdResponse {
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], ...given };
}
