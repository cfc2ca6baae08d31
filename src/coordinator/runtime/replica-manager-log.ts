/** The replica manager of this broker as a coordinator sees it. */
import type { ReplicaManager } from '../../replication/index.ts';
import type { CoordinatorLog } from './coordinator-log.ts';

export function coordinatorLogOf(
  replicaManager: Pick<ReplicaManager, 'appendForCoordinator' | 'getPartition'>,
  /** `offsets.commit.timeout.ms`; without it the replica manager's own default. */
  appendTimeoutMs?: number,
): CoordinatorLog {
  return {
    append: (topic, partition, records) =>
      replicaManager.appendForCoordinator(topic, partition, records, appendTimeoutMs),
    logOf: (topic, partition) => replicaManager.getPartition(topic, partition)?.log,
  };
}
