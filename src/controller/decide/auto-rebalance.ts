/**
 * Leaders drift: after a broker's restart others lead what it is preferred for. Which partitions should go back
 * (contract 3.4)? Per broker, once more than `leader.imbalance.per.broker.percentage` of what it is preferred for is
 * led by others, and then all of it that can move.
 */
import type { TopicPartition } from '../../common/index.ts';

export interface LeaderBalanceRow {
  readonly of: TopicPartition;
  /** The first replica of the assignment. */
  readonly preferred: number;
  /** Undefined before the first election. */
  readonly leader: number | undefined;
  /** Whether the preferred replica is online and in the ISR. */
  readonly canMove: boolean;
}

/** The partitions to hold preferred elections for, by preferred broker. */
export function decideAutoRebalance(
  rows: readonly LeaderBalanceRow[],
  maximumImbalancePercentage: number,
): Map<number, TopicPartition[]> {
  const elections = new Map<number, TopicPartition[]>();
  for (const broker of new Set(rows.map(({ preferred }) => preferred))) {
    const preferredFor = rows.filter(({ preferred }) => preferred === broker);
    const ledByOthers = preferredFor.filter(({ leader }) => leader !== undefined && leader !== broker);
    if (ledByOthers.length / preferredFor.length <= maximumImbalancePercentage / 100) continue;
    elections.set(
      broker,
      ledByOthers.filter(({ canMove }) => canMove).map(({ of }) => of),
    );
  }
  return elections;
}
