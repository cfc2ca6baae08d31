/**
 * Every znode Kafka has: path, mode, bytes, who writes it and who watches it. Open this first to see what ZooKeeper
 * holds for a cluster; docs/reference/znodes.md is generated from it. Paths are relative to the chroot.
 *
 * Invariant: `encode` gives the bytes the original would write, key order included (contract section 2.2); `decode`
 * takes what any version from 0.9 on wrote.
 */
import * as cluster from './registry/cluster.ts';
import * as entities from './registry/entities.ts';
import * as topicZnodes from './registry/topics.ts';

export { cluster, entities, topicZnodes };

/** What every broker makes sure of at start, in this order; missing parents come into being on the way. */
export const PERSISTENT_PATHS: readonly string[] = [
  cluster.consumers.path(),
  cluster.brokerIds.path(),
  topicZnodes.topics.path(),
  entities.configChanges.path(),
  topicZnodes.deleteTopics.path(),
  cluster.brokerSequenceId.path(),
  topicZnodes.isrChangeNotifications.path(),
  cluster.latestProducerIdBlock.path(),
  topicZnodes.logDirEventNotifications.path(),
  ...['topics', 'clients', 'users', 'brokers', 'ips'].map((type) => entities.config.path({ type })),
];
