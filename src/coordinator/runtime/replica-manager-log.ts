/** The replica manager of this broker as a coordinator sees it. */
import type { ReplicaManager } from '../../replication/index.ts';
import type { AppendOutcome, CoordinatorLog } from './coordinator-log.ts';

interface CoordinatorAppends {
  /** How long the in-sync replicas may take. */
  readonly timeoutMs: number;
  /** -1: every in-sync replica has the records before anybody is told. Less is asking for lost offsets. */
  readonly requiredAcks: number;
}

export function coordinatorLogOf(
  replicaManager: Pick<ReplicaManager, 'appendRecords' | 'getPartition'>,
  appends: CoordinatorAppends,
): CoordinatorLog {
  const append = async (topic: string, partition: number, records: Buffer): Promise<AppendOutcome> => {
    const [result] = await replicaManager.appendRecords({
      ...appends,
      internalTopicsAllowed: true,
      origin: 'coordinator',
      entries: [{ topic, partition, records }],
    });
    return result ?? { error: 'UNKNOWN_SERVER_ERROR', baseOffset: -1 };
  };
  return { append, logOf: (topic, partition) => replicaManager.getPartition(topic, partition)?.log };
}
