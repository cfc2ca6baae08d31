/**
 * Elections somebody asked for: by ElectLeaders, preferred or unclean (KIP-460); preferred ones by the old tools
 * through /admin/preferred_replica_election, or by the balance check every `leader.imbalance.check.interval.seconds`;
 * and those that a changed unclean.leader.election.enable makes possible.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import { NO_LEADER } from '../../zookeeper/index.ts';
import { StateChangeFailedError } from '../controller-errors.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { decideAutoRebalance } from '../decide/auto-rebalance.ts';
import type { ElectionStrategy } from '../decide/elections.ts';
import type { ElectionOutcome, ElectionType, Refusal } from '../outcomes.ts';
import type { ElectionResult } from '../partition-state-machine.ts';
import type { Turn } from '../turn.ts';

/** ElectLeaders. An administrator's word makes an unclean election clean enough: no setting of the topic is asked. */
export async function processReplicaLeaderElection(
  parts: ControllerParts,
  turn: Turn,
  partitions: readonly TopicPartition[],
  type: ElectionType,
): Promise<PartitionMap<ElectionOutcome>> {
  const outcomes = new PartitionMap<ElectionOutcome>();
  const electable = new PartitionMap<true>();
  for (const of of partitions) {
    const refusal = refusalOf(parts, of, type);
    if (refusal === null) electable.set(of.topic, of.partition, true);
    else outcomes.set(of.topic, of.partition, { kind: 'refused', ...refusal });
  }
  const strategy: ElectionStrategy =
    type === 'PREFERRED' ? { kind: 'PreferredReplica' } : { kind: 'OfflinePartition', allowUnclean: true };
  const asked = [...electable].map(([of]) => of);
  const results = await parts.partitionStateMachine.handleStateChanges(
    turn,
    asked,
    'OnlinePartition',
    strategy,
  );
  for (const of of asked) {
    const result = results.get(of.topic, of.partition);
    outcomes.set(of.topic, of.partition, outcomeOf(result, type));
  }
  return outcomes;
}

function refusalOf({ context }: ControllerParts, of: TopicPartition, type: ElectionType): Refusal | null {
  const preferred = context.assignment(of).replicas[0];
  if (preferred === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'The partition does not exist.' };
  if (context.isQueuedForDeletion(of.topic))
    return { error: 'INVALID_TOPIC_EXCEPTION', message: 'The topic is being deleted' };
  const leader = context.leadership(of)?.leader ?? NO_LEADER;
  const hasLeader = type === 'PREFERRED' ? leader === preferred : context.isLiveBroker(leader);
  return hasLeader ? { error: 'ELECTION_NOT_NEEDED' } : null;
}

/** Without a result: the partition is not yet, or no longer, in a state to be elected for. */
function outcomeOf(result: ElectionResult | undefined, type: ElectionType): ElectionOutcome {
  if (result?.kind === 'elected') return { kind: 'elected', leader: result.state.leader };
  const error = type === 'PREFERRED' ? 'PREFERRED_LEADER_NOT_AVAILABLE' : 'ELIGIBLE_LEADERS_NOT_AVAILABLE';
  if (result === undefined) return { kind: 'refused', error };
  return result.error instanceof StateChangeFailedError
    ? { kind: 'refused', error, message: result.error.message }
    : { kind: 'refused', error: 'UNKNOWN_SERVER_ERROR' };
}

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
