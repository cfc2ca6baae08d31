/**
 * Every member of the ISR that stands in ZooKeeper has all records below the high watermark of any broker that takes
 * itself for the leader, byte for byte the same: any of them may be elected at this moment. And nobody who leads shows
 * records that differ from what was committed.
 *
 * Others may differ: who was deposed keeps what nobody else has until it hears of its successor and is cut back. Who
 * lost its power is in the ISR until the controller notices, and may lack what it had not synced.
 */
import { tellBatch } from './observed-log.ts';
import type { ObservedPartition, ObservedReplica } from './observed-cluster.ts';
import { blame, type Rule } from './rule.ts';

export const strongIsr: Rule = {
  afterStep(partition, _cluster, report) {
    const { ledger, state } = partition;
    if (ledger.endOffset === 0) return;
    for (const broker of state?.isr ?? []) {
      const replica = partition.replicas.get(broker);
      if (!partition.isExcused && (replica === undefined || lacks(replica, ledger.endOffset)))
        blame(
          partition,
          report,
          'strong-isr',
          `broker ${broker} is in the ISR ${state!.isr.join()} and lacks some of what is committed up to ${ledger.endOffset}: ${tellLack(partition, replica)}`,
        );
    }
    for (const replica of partition.replicas.values())
      if (
        !partition.isExcused &&
        replica.role === 'leader' &&
        lacks(replica, Math.min(replica.highWatermark, ledger.endOffset))
      )
        blame(
          partition,
          report,
          'strong-isr',
          `leader ${replica.broker} of epoch ${replica.leaderEpoch} shows up to ${replica.highWatermark} what is not committed: ${tellLack(partition, replica)}`,
        );
  },
};

const lacks = ({ log, isImpaired }: ObservedReplica, endOffset: number): boolean =>
  !isImpaired && !log.isUnreadable && log.agreedTo < endOffset;

function tellLack({ ledger }: ObservedPartition, replica: ObservedReplica | undefined): string {
  if (replica === undefined) return 'nothing was ever heard of it';
  const different = ledger.compare(replica.log);
  if (different === undefined) return `it ends at ${replica.log.endOffset}`;
  const { committed, found } = different;
  return `committed is ${tellBatch(committed)}, it has ${found === undefined ? 'nothing there' : tellBatch(found)}`;
}
