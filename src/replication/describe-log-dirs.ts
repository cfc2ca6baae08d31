/**
 * What lies in the log dirs of this broker (DescribeLogDirs, KIP-113 and KIP-827). A dir that failed is named with its
 * error and nothing else. How far a log lags is counted against the one the partition works with: what is still to be
 * copied into a future log, and what is committed but not here for the current one.
 */
import type { PartitionMap, TopicPartition } from '../common/index.ts';
import { KafkaError, type ErrorName } from '../protocol/index.ts';
import { errorCodeOf, errorMessageOf, type Logger } from '../runtime/index.ts';
import type { LogManager } from '../storage/index.ts';
import type { ReplicaLog } from './replica-log.ts';

export interface DescribedReplica extends TopicPartition {
  readonly sizeInBytes: number;
  /** -1: the partition has no log that works. */
  readonly offsetLag: number;
  /** It shall replace the partition's log in another dir. */
  readonly isFuture: boolean;
}

export interface DescribedLogDir {
  readonly path: string;
  readonly error: ErrorName;
  readonly replicas: readonly DescribedReplica[];
  /** -1 with an error. */
  readonly totalBytes: number;
  readonly usableBytes: number;
}

/** A log as far as it is described. */
export type DescribedLog = Pick<ReplicaLog, 'parentDir' | 'sizeInBytes' | 'logEndOffset'> & {
  readonly topicPartition: TopicPartition;
  readonly isFuture: boolean;
};

export interface DescribeLogDirsHost {
  readonly logger: Logger;
  readonly logManager: Pick<LogManager, 'logDirs' | 'isLogDirOnline' | 'spaceOf'> & {
    allLogs(): Iterable<DescribedLog>;
  };
  /** The log the partition works with here; undefined where it has none, or its dir failed. */
  currentLog(topicPartition: TopicPartition): Pick<ReplicaLog, 'logEndOffset' | 'highWatermark'> | undefined;
}

/** In the order of log.dirs; `wanted` undefined: all partitions. */
export async function describeLogDirs(
  wanted: PartitionMap<true> | undefined,
  host: DescribeLogDirsHost,
): Promise<readonly DescribedLogDir[]> {
  const { logManager } = host;
  const replicasOf = new Map<string, DescribedReplica[]>(logManager.logDirs.map((path) => [path, []]));
  for (const log of logManager.allLogs()) {
    const { topic, partition } = log.topicPartition;
    if (wanted?.has(topic, partition) === false) continue;
    replicasOf.get(log.parentDir)?.push({
      topic,
      partition,
      sizeInBytes: log.sizeInBytes,
      offsetLag: offsetLagOf(log, host.currentLog(log.topicPartition)),
      isFuture: log.isFuture,
    });
  }
  const described: DescribedLogDir[] = [];
  for (const [path, replicas] of replicasOf) described.push(await describe(path, replicas, host));
  return described;
}

export function offsetLagOf(
  log: Pick<DescribedLog, 'logEndOffset' | 'isFuture'>,
  current: Pick<ReplicaLog, 'logEndOffset' | 'highWatermark'> | undefined,
): number {
  if (current === undefined) return -1;
  return log.isFuture
    ? current.logEndOffset - log.logEndOffset
    : Math.max(current.highWatermark - log.logEndOffset, 0);
}

async function describe(
  path: string,
  replicas: readonly DescribedReplica[],
  { logManager, logger }: DescribeLogDirsHost,
): Promise<DescribedLogDir> {
  try {
    if (!logManager.isLogDirOnline(path))
      throw new KafkaError('KAFKA_STORAGE_ERROR', `Log directory ${path} is offline`);
    const { totalBytes, usableBytes } = await logManager.spaceOf(path);
    return {
      path,
      error: 'NONE',
      replicas,
      totalBytes: counted(totalBytes),
      usableBytes: counted(usableBytes),
    };
  } catch (thrown) {
    logger.warn(`Unable to describe replica dirs for ${path}: ${errorMessageOf(thrown)}`);
    return { path, error: errorOf(thrown), replicas: [], totalBytes: -1, usableBytes: -1 };
  }
}

/** A dir that cannot be looked at has not failed yet: nobody has tried to write there. */
function errorOf(thrown: unknown): ErrorName {
  if (thrown instanceof KafkaError) return thrown.error;
  if (errorCodeOf(thrown) !== undefined) return 'UNKNOWN_SERVER_ERROR';
  throw thrown;
}

/** File systems beyond what can be counted exactly are told as that large. */
function counted(bytes: number): number {
  return Math.min(bytes, Number.MAX_SAFE_INTEGER);
}
