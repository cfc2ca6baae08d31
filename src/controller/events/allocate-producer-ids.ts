/** AllocateProducerIds: a broker asks for its next block of producer ids (contract 2.6). */
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../../protocol/messages/67-allocate-producer-ids.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { PRODUCER_ID_BLOCK_SIZE } from '../decide/producer-ids.ts';
import { takeProducerIdBlock } from '../take-producer-id-block.ts';

export async function processAllocateProducerIds(
  { context, store }: ControllerParts,
  { brokerId, brokerEpoch }: AllocateProducerIdsRequest,
): Promise<AllocateProducerIdsResponse> {
  const knownEpoch = context.brokerEpochs().get(brokerId);
  if (knownEpoch === undefined) return producerIdsRefused('BROKER_ID_NOT_REGISTERED');
  if (knownEpoch !== brokerEpoch) return producerIdsRefused('STALE_BROKER_EPOCH');
  const block = await takeProducerIdBlock(store, brokerId);
  if (block === null) return producerIdsRefused('UNKNOWN_SERVER_ERROR');
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    producerIdStart: block.firstProducerId,
    producerIdLen: PRODUCER_ID_BLOCK_SIZE,
  };
}

export function producerIdsRefused(error: ErrorName): AllocateProducerIdsResponse {
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], producerIdStart: 0, producerIdLen: 0 };
}
