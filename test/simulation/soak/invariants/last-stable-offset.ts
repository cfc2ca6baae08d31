/**
 * Readers of committed transactions stop where the first open one begins. Which are open is known here from the headers
 * of what is committed: who began writing and has no marker yet. Looked at where a leader's high watermark is what is
 * known to be committed.
 */
import type { Rule } from './rule.ts';

export const lastStableOffsetHeld: Rule = {
  afterStep(partition, cluster, report) {
    const { ledger } = partition;
    for (const replica of partition.replicas.values()) {
      if (!replica.isTouched || replica.role !== 'leader' || partition.isExcused) continue;
      const live = cluster.lookAt(partition, replica.broker);
      if (live === undefined || live.highWatermark !== ledger.endOffset) continue;
      if (replica.log.agreedTo < ledger.endOffset) continue;
      const open = ledger.firstUnstableOffset ?? live.highWatermark;
      // What of it was deleted is open for nobody.
      if (open < live.logStartOffset) continue;
      if (live.lastStableOffset !== open)
        report(
          'last-stable-offset',
          `${partition.name}: LSO ${live.lastStableOffset} on leader ${replica.broker}, expected ${open} below high watermark ${live.highWatermark}`,
        );
    }
  },
};
