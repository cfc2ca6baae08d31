/**
 * The gauges of kafka.controller:type=KafkaController, by Kafka's names (contract 7.3). They are read when somebody
 * looks and count what the context holds then; a broker that is not the controller has an empty context.
 */
import type { Metrics } from '../metrics/index.ts';
import type { LeaderAndIsr, ReplicaAssignment } from '../zookeeper/index.ts';
import type { ControllerContext } from './controller-context.ts';
import type { ReplicaState } from './transitions.ts';

export interface ControllerMetricsOptions {
  readonly metrics: Metrics;
  readonly context: ControllerContext;
  readonly isActive: () => boolean;
  readonly stateId: () => number;
}

const KAFKA_CONTROLLER = 'kafka.controller:type=KafkaController';
/** ZkMigrationState of a cluster that was never told to migrate to KRaft. */
const NOT_MIGRATING = 4;

export function registerControllerMetrics({
  metrics,
  context,
  isActive,
  stateId,
}: ControllerMetricsOptions): () => void {
  const gauges: Readonly<Record<string, () => number>> = {
    ActiveControllerCount: () => (isActive() ? 1 : 0),
    ControllerState: stateId,
    OfflinePartitionsCount: () => offlinePartitions(context),
    PreferredReplicaImbalanceCount: () => notLedByPreferred(context),
    GlobalTopicCount: () => context.allTopics.size,
    GlobalPartitionCount: () => context.partitionsWithLeadershipCount,
    TopicsToDeleteCount: () => context.topicsToBeDeleted.size,
    ReplicasToDeleteCount: () => replicasToDelete(context, (state) => state !== 'ReplicaDeletionSuccessful'),
    TopicsIneligibleToDeleteCount: () => context.topicsIneligibleForDeletion.size,
    ReplicasIneligibleToDeleteCount: () =>
      replicasToDelete(context, (state) => state === 'ReplicaDeletionIneligible'),
    ActiveBrokerCount: () => context.liveOrShuttingDownBrokerIds().length,
    FencedBrokerCount: () => 0,
    ZkMigrationState: () => NOT_MIGRATING,
  };
  for (const [name, read] of Object.entries(gauges)) metrics.gauge(`${KAFKA_CONTROLLER},name=${name}`, read);
  metrics.meter('kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec');
  return () => {
    for (const name of Object.keys(gauges)) metrics.remove(`${KAFKA_CONTROLLER},name=${name}`);
  };
}

/** Partitions of a topic whose deletion has begun are not offline, they are going. */
function offlinePartitions(context: ControllerContext): number {
  return context
    .partitionsInState('OfflinePartition')
    .filter(({ topic }) => !context.isDeletionStarted(topic)).length;
}

function notLedByPreferred(context: ControllerContext): number {
  return context
    .partitionsWithLeadership()
    .filter(({ of, state }) => !isLedByPreferred(context.assignment(of), state)).length;
}

/** While a move adds the preferred replica, nothing is out of balance until that one is in sync. */
function isLedByPreferred(
  { replicas, addingReplicas }: ReplicaAssignment,
  { leader, isr }: LeaderAndIsr,
): boolean {
  const preferred = replicas[0];
  if (preferred !== undefined && addingReplicas.includes(preferred)) return !isr.includes(preferred);
  return preferred === leader;
}

function replicasToDelete(context: ControllerContext, counts: (state: ReplicaState) => boolean): number {
  const replicas = [...context.topicsToBeDeleted].flatMap((topic) => context.replicasOfTopic(topic));
  return replicas.filter((row) => counts(context.replicaState(row))).length;
}
