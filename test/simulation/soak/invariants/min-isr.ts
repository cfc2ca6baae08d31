/**
 * Nothing is called committed that fewer replicas have than `min.insync.replicas` asks for. A leader that is alone may
 * take records; its high watermark stays where it is. A replica that was without power counts as one that had it.
 */
import type { ObservedPartition, ObservedReplica } from './observed-cluster.ts';
import type { Rule } from './rule.ts';

export const minIsrMet: Rule = {
  afterStep(partition, cluster, report) {
    for (const replica of partition.replicas.values()) {
      if (!replica.hasCommitted || partition.isExcused) continue;
      const { broker, highWatermark } = replica;
      const wanted = cluster.lookAt(partition, broker)?.effectiveMinIsr ?? 0;
      const holders = holdersOf(partition, highWatermark);
      if (holders.length < wanted)
        report(
          'min-isr',
          `${partition.name}: high watermark ${highWatermark} on broker ${broker}, but only ${holders.map((holder) => holder.broker).join()} of at least ${wanted} replicas have what is below`,
        );
    }
  },
};

function holdersOf(partition: ObservedPartition, highWatermark: number): ObservedReplica[] {
  return [...partition.replicas.values()].filter(
    ({ log, isImpaired }) => isImpaired || log.endOffset >= highWatermark,
  );
}
