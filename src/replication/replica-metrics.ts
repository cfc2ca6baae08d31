/** Kafka's ReplicaManager metrics: how many partitions are in which trouble, and how often the ISR changed. */
import type { Meter, Metrics } from '../metrics/index.ts';
import type { Partition } from './partition.ts';

const MBEAN = 'kafka.server:type=ReplicaManager,name=';
const PARTITION_MBEAN = 'kafka.cluster:type=Partition,name=';

/** What each partition is asked; `ReplicaManager` counts the first few over all partitions. */
const PARTITION_GAUGES: Readonly<Record<string, (partition: Partition) => number>> = {
  UnderReplicated: (partition) => Number(partition.isUnderReplicated),
  InSyncReplicasCount: (partition) => (partition.isLeader ? partition.isr.length : 0),
  UnderMinIsr: (partition) => Number(partition.isUnderMinIsr),
  AtMinIsr: (partition) => Number(partition.isAtMinIsr),
  ReplicasCount: (partition) => (partition.isLeader ? partition.replicas.length : 0),
  LastStableOffsetLag: (partition) => partition.highWatermark - partition.lastStableOffset,
};

const COUNTS: Readonly<Record<string, (partition: Partition) => boolean>> = {
  LeaderCount: (partition) => partition.isLeader,
  PartitionCount: () => true,
  OfflineReplicaCount: (partition) => partition.isOffline,
  UnderReplicatedPartitions: (partition) => partition.isUnderReplicated,
  UnderMinIsrPartitionCount: (partition) => partition.isUnderMinIsr,
  AtMinIsrPartitionCount: (partition) => partition.isAtMinIsr,
  ReassigningPartitions: (partition) => partition.isLeader && partition.isReassigning,
};

export class ReplicaMetrics {
  readonly isrExpands: Meter;
  readonly isrShrinks: Meter;
  readonly failedIsrUpdates: Meter;

  constructor(metrics: Metrics, partitions: () => Iterable<Partition>) {
    this.isrExpands = metrics.meter(`${MBEAN}IsrExpandsPerSec`);
    this.isrShrinks = metrics.meter(`${MBEAN}IsrShrinksPerSec`);
    this.failedIsrUpdates = metrics.meter(`${MBEAN}FailedIsrUpdatesPerSec`);
    for (const [name, counts] of Object.entries(COUNTS)) {
      metrics.gauge(MBEAN + name, () => {
        let count = 0;
        for (const partition of partitions()) if (counts(partition)) count += 1;
        return count;
      });
    }
    for (const [name, read] of Object.entries(PARTITION_GAUGES))
      metrics.gaugeForEach(PARTITION_MBEAN + name, partitions, tagsOf, read);
  }
}

function tagsOf({ topic, partition }: Partition): Readonly<Record<string, string | number>> {
  return { topic, partition };
}
