/**
 * Offsets are given once and in order: what is appended to a log begins where the log ends. Holes are made by cleaners
 * only, and copied from there. A leader does not cut its log; who follows does, before it goes on.
 */
import type { Rule } from './rule.ts';

export const logOrder: Rule = {
  see(fact, cluster, report) {
    if (fact.kind !== 'log-append' && fact.kind !== 'log-truncated') return;
    const partition = cluster.find(fact.topic, fact.partition);
    const replica = partition?.replicas.get(fact.broker);
    if (partition === undefined || replica === undefined || replica.role === 'none') return;
    if (fact.kind === 'log-truncated') {
      if (replica.role === 'leader')
        report(
          'log-order',
          `${partition.name}: leader ${fact.broker} of epoch ${replica.leaderEpoch} cuts its log to ${fact.toOffset}`,
        );
      return;
    }
    const { endOffset } = replica.log;
    const { firstOffset } = fact;
    if (firstOffset < endOffset || (firstOffset > endOffset && partition.ledger.cleanedTo === 0))
      report(
        'log-order',
        `${partition.name}: broker ${fact.broker} appends at ${firstOffset}, its log ends at ${endOffset}`,
      );
  },
};
