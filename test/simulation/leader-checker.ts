/** Holds the facts of a cluster against a promise of replication: one leader per partition and leader epoch. */
import type { RecordedFact } from '../../src/observe/index.ts';

export class LeaderChecker {
  readonly #leaders = new Map<string, number>();
  readonly violations: string[] = [];

  see(fact: RecordedFact): void {
    if (fact.kind !== 'partition-role' || fact.role !== 'leader') return;
    const term = `${fact.topic}-${fact.partition} in leader epoch ${fact.leaderEpoch}`;
    const known = this.#leaders.get(term);
    if (known !== undefined && known !== fact.broker)
      this.violations.push(`${term} is led by broker ${known} and by broker ${fact.broker}`);
    this.#leaders.set(term, fact.broker);
  }
}
