/**
 * On a leader the high watermark never falls, from one of its leader epochs to the next either. A new leader may begin
 * with less than the one before showed, since a follower hears of a high watermark only with its next fetch; until it
 * has caught up with the start of its epoch it does not tell offsets (KIP-207). What it has lost shows elsewhere: it
 * must have all that was committed.
 */
import type { Rule } from './rule.ts';

export const highWatermarkGrows: Rule = {
  see(fact, cluster, report) {
    if (fact.kind !== 'high-watermark') return;
    const replica = cluster.find(fact.topic, fact.partition)?.replicas.get(fact.broker);
    if (replica?.role === 'leader' && fact.highWatermark < replica.highWatermark)
      report(
        'high-watermark',
        `${fact.topic}-${fact.partition}: from ${replica.highWatermark} to ${fact.highWatermark} on leader ${fact.broker} in epoch ${replica.leaderEpoch}`,
      );
  },
};
