/**
 * LeaderAndIsr v0-7: the controller tells this broker which partitions it leads and which it follows.
 *
 * The replica manager carries it out; leadership of an internal topic's partition moves the coordinator that lives
 * on it, with the partition's leader epoch as coordinator epoch (contract 3.10).
 */
import { ErrorCode } from '../../protocol/index.ts';
import { LeaderAndIsrRequest, LeaderAndIsrResponse } from '../../protocol/messages/04-leader-and-isr.ts';
import { defineHandler } from '../handler.ts';
import { coordinatorOn } from '../coordinators.ts';
import { CLUSTER_ACTION, refuseStaleBrokerEpoch } from './control-request.ts';

export const leaderAndIsr = defineHandler({
  request: LeaderAndIsrRequest,
  response: LeaderAndIsrResponse,

  access: () => CLUSTER_ACTION,

  handle(request, context, services) {
    refuseStaleBrokerEpoch(request.brokerEpoch, services);
    return services.replicaManager.becomeLeaderOrFollower(request, context.apiVersion, {
      onLeadershipChange(becameLeader, becameFollower) {
        for (const { topic, partition, leaderEpoch } of becameLeader)
          coordinatorOn(topic, services)?.onElection(partition, leaderEpoch);
        for (const { topic, partition, leaderEpoch } of becameFollower)
          coordinatorOn(topic, services)?.onResignation(partition, leaderEpoch);
      },
    });
  },

  failed: (_request, error) => ({ errorCode: ErrorCode[error], partitionErrors: [], topics: [] }),
});
