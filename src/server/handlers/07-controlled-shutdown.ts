/**
 * ControlledShutdown v0-3: a broker asks the controller to move its leaderships away before it stops (KIP-49's
 * descendant). Answered with the partitions it still leads; the broker asks again until there are none.
 */
import { ErrorCode } from '../../protocol/index.ts';
import {
  ControlledShutdownRequest,
  ControlledShutdownResponse,
} from '../../protocol/messages/07-controlled-shutdown.ts';
import { defineHandler } from '../handler.ts';
import { CLUSTER_ACTION } from './control-request.ts';

export const controlledShutdown = defineHandler({
  request: ControlledShutdownRequest,
  response: ControlledShutdownResponse,

  access: () => CLUSTER_ACTION,

  async handle(request, _context, services) {
    const remaining = await services.controller.controlledShutdown(request.brokerId, request.brokerEpoch);
    return {
      errorCode: 0,
      remainingPartitions: remaining.map(({ topic, partition }) => ({
        topicName: topic,
        partitionIndex: partition,
      })),
    };
  },

  failed: (_request, error) => ({ errorCode: ErrorCode[error], remainingPartitions: [] }),
});
