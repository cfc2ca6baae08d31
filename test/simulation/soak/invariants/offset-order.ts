/** Log start <= LSO <= high watermark <= log end, on every replica that something was written to, cut from or committed. */
import type { LiveReplica } from './observed-cluster.ts';
import type { Rule } from './rule.ts';

export const offsetOrder: Rule = {
  afterStep(partition, cluster, report) {
    for (const replica of partition.replicas.values()) {
      if (!replica.isTouched) continue;
      const live = cluster.lookAt(partition, replica.broker);
      if (live !== undefined && !isInOrder(live))
        report('offset-order', `${partition.name} on broker ${replica.broker}: ${tell(live)}`);
    }
  },
};

function isInOrder(live: LiveReplica): boolean {
  const { logStartOffset, lastStableOffset, highWatermark, logEndOffset } = live;
  return (
    logStartOffset <= lastStableOffset && lastStableOffset <= highWatermark && highWatermark <= logEndOffset
  );
}

const tell = ({ logStartOffset, lastStableOffset, highWatermark, logEndOffset }: LiveReplica): string =>
  `log start ${logStartOffset}, LSO ${lastStableOffset}, high watermark ${highWatermark}, log end ${logEndOffset}`;
