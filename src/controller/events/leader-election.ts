/**
 * Elections somebody asked for: preferred ones, by the old tools through /admin/preferred_replica_election or by the
 * balance check every `leader.imbalance.check.interval.seconds`; and those that a changed
 * unclean.leader.election.enable makes possible.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { decideAutoRebalance } from '../decide/auto-rebalance.ts';
import type { Turn } from '../turn.ts';

export async function processAutoPreferredReplicaLeaderElection(
  parts: ControllerParts,
  turn: Turn,
): Promise<void> {
  const { context, config } = parts;
  const rows = context
    .allPartitions()
    .filter(({ topic }) => !context.isQueuedForDeletion(topic))
    .flatMap((of) => {
      const preferred = context.assignment(of).replicas[0];
      const state = context.leadership(of);
      if (preferred === undefined) return [];
      const online = context.isReplicaOnline({ ...of, replica: preferred });
      return [
        { of, preferred, leader: state?.leader, canMove: online && state?.isr.includes(preferred) === true },
      ];
    });
  const elections = decideAutoRebalance(rows, config.get('leader.imbalance.per.broker.percentage'));
  for (const partitions of elections.values()) await electPreferred(parts, turn, partitions);
}

/** The znode of the old tools: elects what it names, deletes it, and looks for the next one. */
export async function processPreferredReplicaLeaderElection(
  parts: ControllerParts,
  turn: Turn,
): Promise<void> {
  if (!(await parts.watches.watchPreferredReplicaElection())) return;
  await electPendingPreferred(parts, turn);
}

/**
 * Also a new controller's last step, there with nothing pending as a rule: Kafka deletes the znode all the same, and
 * then checks again for one that was written in between.
 */
export async function electPendingPreferred(parts: ControllerParts, turn: Turn): Promise<void> {
  const { context, store, put } = parts;
  const pending = (await store.preferredReplicaElection()).filter((of) => {
    const preferred = context.assignment(of).replicas[0];
    return (
      preferred !== undefined &&
      context.leadership(of)?.leader !== preferred &&
      !context.isQueuedForDeletion(of.topic)
    );
  });
  try {
    await electPreferred(parts, turn, pending);
  } finally {
    await store.deletePreferredReplicaElection(context.epochZkVersion);
    put({ kind: 'PreferredReplicaLeaderElection' });
  }
}

async function electPreferred(
  { partitionStateMachine }: ControllerParts,
  turn: Turn,
  partitions: readonly TopicPartition[],
): Promise<void> {
  await partitionStateMachine.handleStateChanges(turn, partitions, 'OnlinePartition', {
    kind: 'PreferredReplica',
  });
}

/** `topic` undefined: the broker's default was switched on. */
export async function processUncleanLeaderElectionEnable(
  { partitionStateMachine }: ControllerParts,
  turn: Turn,
  topic?: string,
): Promise<void> {
  await partitionStateMachine.triggerOnlinePartitionStateChange(turn, topic);
}
