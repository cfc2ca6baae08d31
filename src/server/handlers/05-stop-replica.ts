/**
 * StopReplica v0-4: the controller tells this broker to stop following partitions, and to delete those whose topic
 * goes away or that moved elsewhere. A coordinator on a stopped partition is unloaded.
 */
import { ErrorCode } from '../../protocol/index.ts';
import { StopReplicaRequest, StopReplicaResponse } from '../../protocol/messages/05-stop-replica.ts';
import { defineHandler } from '../handler.ts';
import { coordinatorOn } from '../coordinators.ts';
import { CLUSTER_ACTION, refuseStaleBrokerEpoch } from './control-request.ts';

export const stopReplica = defineHandler({
  request: StopReplicaRequest,
  response: StopReplicaResponse,

  access: () => CLUSTER_ACTION,

  async handle(request, context, services) {
    refuseStaleBrokerEpoch(request.brokerEpoch, services);
    const response = await services.replicaManager.stopReplicas(request, context.apiVersion);
    for (const { topicName, partitionIndex, errorCode } of response.partitionErrors)
      if (errorCode === 0) coordinatorOn(topicName, services)?.onResignation(partitionIndex, undefined);
    return response;
  },

  failed: (_request, error) => ({ errorCode: ErrorCode[error], partitionErrors: [] }),
});
