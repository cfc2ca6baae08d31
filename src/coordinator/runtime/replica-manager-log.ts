/** The replica manager of this broker as a coordinator sees it. */
import { KafkaError } from '../../protocol/index.ts';
import type { Partition, ReplicaManager } from '../../replication/index.ts';
import type {
  AppendOutcome,
  CoordinatorAppendOptions,
  CoordinatorLog,
  ReadableLog,
} from './coordinator-log.ts';

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
  const append = async (
    topic: string,
    partition: number,
    records: Buffer,
    { unattended = false, timeoutMs = appends.timeoutMs, verificationGuard }: CoordinatorAppendOptions = {},
  ): Promise<AppendOutcome> => {
    const [result] = await replicaManager.appendRecords({
      timeoutMs,
      requiredAcks: unattended ? 0 : appends.requiredAcks,
      internalTopicsAllowed: true,
      origin: 'coordinator',
      entries: [{ topic, partition, records, verificationGuard }],
    });
    return result ?? { error: 'UNKNOWN_SERVER_ERROR', baseOffset: -1 };
  };
  const logOf = (topic: string, number: number): ReadableLog | undefined => {
    const partition = replicaManager.getPartition(topic, number);
    return partition?.log === undefined ? undefined : logAtAnyTime(partition);
  };
  return { append, logOf };
}

/** While it is read the partition may move to another log dir, and goes on with another log that holds the same. */
function logAtAnyTime(partition: Pick<Partition, 'log'>): ReadableLog {
  const current = (): ReadableLog => {
    if (partition.log === undefined) throw new KafkaError('KAFKA_STORAGE_ERROR');
    return partition.log;
  };
  return {
    get logStartOffset() {
      return current().logStartOffset;
    },
    get logEndOffset() {
      return current().logEndOffset;
    },
    read: (options) => current().read(options),
  };
}
