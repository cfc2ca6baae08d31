/**
 * Holds the facts of a cluster against two promises: one leader per partition and leader epoch, one controller per
 * controller epoch.
 */
import type { RecordedFact } from '../../../../src/observe/index.ts';

export class LeaderChecker {
  readonly #leaders = new Map<string, number>();
  readonly violations: string[] = [];

  see(fact: RecordedFact): void {
    if (fact.kind === 'partition-role' && fact.role === 'leader')
      this.#note(`${fact.topic}-${fact.partition} in leader epoch ${fact.leaderEpoch}`, fact.broker);
    if (fact.kind === 'controller-elected')
      this.#note(`the cluster in controller epoch ${fact.controllerEpoch}`, fact.broker);
  }

  #note(term: string, broker: number): void {
    const known = this.#leaders.get(term);
    if (known !== undefined && known !== broker)
      this.violations.push(`${term} is led by broker ${known} and by broker ${broker}`);
    this.#leaders.set(term, broker);
  }
}
