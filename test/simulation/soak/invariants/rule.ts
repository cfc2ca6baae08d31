/** What a rule can look at: facts and changes of znodes before the model takes them in, and partitions after a step. */
import type { RecordedFact } from '../../../../src/observe/index.ts';
import type { ObservedCluster, ObservedPartition, ZnodeChange } from './observed-cluster.ts';
import type { Report, RuleName } from './violation.ts';

export interface Rule {
  see?(fact: RecordedFact, cluster: ObservedCluster, report: Report): void;
  seeZnode?(change: ZnodeChange, cluster: ObservedCluster, report: Report): void;
  /** Of a partition that something was heard of. */
  afterStep?(partition: ObservedPartition, cluster: ObservedCluster, report: Report): void;
}

/** Reports of a partition's records, unless the loss of power explains it. */
export function blame(partition: ObservedPartition, report: Report, rule: RuleName, what: string): void {
  if (partition.isAtMercy) partition.isExcused = true;
  else report(rule, `${partition.name}: ${what}`);
}
