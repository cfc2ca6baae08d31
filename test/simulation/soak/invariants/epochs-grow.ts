/**
 * Leader epochs only grow, in ZooKeeper and on each broker while it runs, and whoever leads anew does so in a new one.
 * The epoch of the controller grows with each controller, in /controller_epoch and in what is written under it. What a
 * leader takes for the partition's version is one that ZooKeeper has given.
 */
import { stateOf, stateOfPath } from './partition-state.ts';
import type { StateInZooKeeper } from './partition-state.ts';
import type { Rule } from './rule.ts';

export const epochsGrow: Rule = {
  see(fact, cluster, report) {
    if (fact.kind !== 'partition-role' && fact.kind !== 'isr-change') return;
    const partition = cluster.find(fact.topic, fact.partition);
    const replica = partition?.replicas.get(fact.broker);
    if (partition === undefined || replica === undefined) return;
    if (fact.kind === 'partition-role') {
      if (fact.role !== 'none' && replica.role !== 'none' && fact.leaderEpoch < replica.leaderEpoch)
        report(
          'epochs-grow',
          `${partition.name}: broker ${fact.broker} goes from leader epoch ${replica.leaderEpoch} to ${fact.leaderEpoch}`,
        );
      return;
    }
    const version = partition.state?.version ?? Infinity;
    if (fact.partitionEpoch > version)
      report(
        'epochs-grow',
        `${partition.name}: broker ${fact.broker} knows partition epoch ${fact.partitionEpoch}, ZooKeeper has ${version}`,
      );
  },

  seeZnode({ path, data, version }, cluster, report) {
    if (data === undefined || data === null) return;
    if (path === '/controller_epoch') {
      const epoch = Number(data.toString());
      if (epoch < cluster.controllerEpoch)
        report('epochs-grow', `/controller_epoch goes from ${cluster.controllerEpoch} to ${epoch}`);
      return;
    }
    const of = stateOfPath(path);
    const before = of === undefined ? undefined : cluster.find(of.topic, of.partition)?.state;
    if (before === undefined) return;
    const wrong = wrongOf(before, stateOf(data, version));
    if (wrong !== undefined) report('epochs-grow', `${path}: ${wrong}`);
  },
};

function wrongOf(before: StateInZooKeeper, after: StateInZooKeeper): string | undefined {
  if (after.leaderEpoch < before.leaderEpoch)
    return `leader epoch ${before.leaderEpoch} becomes ${after.leaderEpoch}`;
  if (after.controllerEpoch < before.controllerEpoch)
    return `controller epoch ${before.controllerEpoch} becomes ${after.controllerEpoch}`;
  if (after.version <= before.version) return `version ${before.version} becomes ${after.version}`;
  if (after.leader !== before.leader && after.leaderEpoch === before.leaderEpoch)
    return `leader ${before.leader} becomes ${after.leader} in one leader epoch ${after.leaderEpoch}`;
  return undefined;
}
