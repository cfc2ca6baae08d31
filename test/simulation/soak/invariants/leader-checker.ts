/**
 * Holds the facts of a cluster against two promises: one leader per partition and leader epoch, one controller per
 * controller epoch. Epochs begin anew with a partition that was deleted and is made again.
 */
import type { RecordedFact } from '../../../../src/observe/index.ts';

export class LeaderChecker {
  /** By partition, or the cluster: who led it in which epoch. */
  readonly #leaders = new Map<string, Map<number, number>>();
  readonly violations: string[] = [];

  see(fact: RecordedFact): void {
    if (fact.kind === 'partition-role' && fact.role === 'leader')
      this.#note(`${fact.topic}-${fact.partition}`, 'leader', fact.leaderEpoch, fact.broker);
    if (fact.kind === 'partition-state' && fact.to === 'NonExistentPartition')
      this.#leaders.delete(`${fact.topic}-${fact.partition}`);
    if (fact.kind === 'controller-elected')
      this.#note('the cluster', 'controller', fact.controllerEpoch, fact.broker);
  }

  /** For who sees ZooKeeper: a controller may die before it tells of it. Whatever follows under the name is another topic. */
  topicDeleted(topic: string): void {
    for (const name of this.#leaders.keys())
      if (name.slice(0, name.lastIndexOf('-')) === topic) this.#leaders.delete(name);
  }

  #note(what: string, office: 'leader' | 'controller', epoch: number, broker: number): void {
    const terms = this.#leaders.get(what) ?? new Map<number, number>();
    this.#leaders.set(what, terms);
    const known = terms.get(epoch);
    if (known !== undefined && known !== broker)
      this.violations.push(
        `${what} in ${office} epoch ${epoch} is led by broker ${known} and by broker ${broker}`,
      );
    terms.set(epoch, broker);
  }
}
