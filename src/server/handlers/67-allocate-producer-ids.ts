/**
 * AllocateProducerIds v0: a broker asks the controller for the next block of 1000 producer ids (KIP-730), so that
 * no two producers of the cluster ever share one.
 */
import { ErrorCode } from '../../protocol/index.ts';
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../../protocol/messages/67-allocate-producer-ids.ts';
import { defineHandler } from '../handler.ts';
import { CLUSTER_ACTION } from './control-request.ts';

export const allocateProducerIds = defineHandler({
  request: AllocateProducerIdsRequest,
  response: AllocateProducerIdsResponse,

  access: () => CLUSTER_ACTION,

  handle: (request, _context, { controller }) => controller.allocateProducerIds(request),

  failed: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    producerIdStart: 0,
    producerIdLen: 0,
  }),
});
