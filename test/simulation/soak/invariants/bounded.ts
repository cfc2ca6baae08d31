/**
 * Nothing piles up: in the quiet whatever waits has gone through, and what is kept is within its bounds. Brokers count
 * most of it themselves; these are their gauges, and how much each may show when nobody writes. Fetches may wait, one
 * for each connection that asks.
 */
import type { MetricSample } from '../../../../src/metrics/sample.ts';
import type { SimulatedCluster } from '../../cluster.ts';
import { assignedPartitions, partsOf } from './health.ts';
import type { Report } from './violation.ts';

export interface Bound {
  /** How its MBean begins. */
  readonly mbean: string;
  readonly tags?: string;
  readonly atMost: number;
}

const PURGATORY = 'kafka.server:type=DelayedOperationPurgatory,name=NumDelayedOperations';
/** Fetchers of the other brokers, and clients that poll. */
const CONNECTIONS = 100;

export const BOUNDS: readonly Bound[] = [
  { mbean: PURGATORY, tags: 'delayedOperation=Produce', atMost: 0 },
  { mbean: PURGATORY, tags: 'delayedOperation=DeleteRecords', atMost: 0 },
  { mbean: PURGATORY, tags: 'delayedOperation=ElectLeader', atMost: 0 },
  { mbean: PURGATORY, tags: 'delayedOperation=Fetch', atMost: CONNECTIONS },
  { mbean: 'kafka.controller:type=ControllerEventManager,name=EventQueueSize', atMost: 0 },
  { mbean: 'kafka.controller:type=ControllerChannelManager,name=TotalQueueSize', atMost: 0 },
  { mbean: 'kafka.controller:type=KafkaController,name=OfflinePartitionsCount', atMost: 0 },
  { mbean: 'kafka.controller:type=KafkaController,name=TopicsToDeleteCount', atMost: 0 },
  { mbean: 'kafka.controller:type=KafkaController,name=ReplicasToDeleteCount', atMost: 0 },
  { mbean: 'kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions', atMost: 0 },
  { mbean: 'kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount', atMost: 0 },
  { mbean: 'kafka.server:type=ReplicaManager,name=OfflineReplicaCount', atMost: 0 },
  { mbean: 'kafka.server:type=ReplicaManager,name=ReassigningPartitions', atMost: 0 },
  { mbean: 'kafka.server:type=ReplicaFetcherManager,name=MaxLag', atMost: 0 },
  { mbean: 'kafka.log:type=LogManager,name=OfflineLogDirectoryCount', atMost: 0 },
  { mbean: 'kafka.log:type=LogCleanerManager,name=uncleanable-partitions-count', atMost: 0 },
  {
    mbean:
      'kafka.coordinator.transaction:type=TransactionMarkerChannelManager,name=UnknownDestinationQueueSize',
    atMost: 0,
  },
  {
    mbean: 'kafka.coordinator.transaction:type=TransactionMarkerChannelManager,name=LogAppendRetryQueueSize',
    atMost: 0,
  },
];

/**
 * Replicas that went elsewhere while their broker was away: it missed that it should delete them, and follows them in vain,
 * as in the original.
 */
const LEFT_BEHIND = 'kafka.server:type=ReplicaFetcherManager,name=FailedPartitionsCount';
const HAS = 'kafka.server:type=ReplicaManager,name=PartitionCount';

export function checkBounded(cluster: SimulatedCluster, report: Report): void {
  for (const id of partsOf(cluster).keys()) {
    const { metrics } = cluster.processes.get(id)!;
    for (const sample of metrics.snapshot()) {
      const bound = BOUNDS.find((one) => isBoundOf(one, sample));
      const value = sample.attributes['Value'] ?? 0;
      if (bound !== undefined && value > bound.atMost)
        report(
          'bounded',
          `broker ${id}: ${sample.name.mbean} is ${value}, at most ${bound.atMost} was expected`,
        );
    }
    const valueOf = (mbean: string): number =>
      metrics.snapshot().find(({ name }) => name.mbean.startsWith(mbean))?.attributes['Value'] ?? 0;
    const assigned = assignedPartitions(cluster).filter(({ replicas }) => replicas.includes(id)).length;
    if (valueOf(LEFT_BEHIND) > Math.max(0, valueOf(HAS) - assigned))
      report(
        'bounded',
        `broker ${id}: ${valueOf(LEFT_BEHIND)} partitions that it should follow are given up`,
      );
    if (metrics.unlisted > 0) report('bounded', `broker ${id}: ${metrics.unlisted} metrics found no place`);
  }
}

export const isBoundOf = ({ mbean, tags = '' }: Bound, { name }: MetricSample): boolean =>
  name.mbean.startsWith(mbean) && name.mbean.includes(tags);
