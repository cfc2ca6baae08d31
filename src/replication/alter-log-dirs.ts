/**
 * Carries out AlterReplicaLogDirs: begins, turns round and calls off moves between the log dirs of this broker, and
 * takes up again those that a stop or a change of leadership interrupted. The rules are in moves/decide-move.ts, the
 * copying in moves/log-dir-mover.ts. To be called in the queue of the role changes.
 */
import { topicPartitionName, type TopicPartition } from '../common/index.ts';
import { KafkaError, type ErrorName } from '../protocol/index.ts';
import { errorMessageOf, type Logger } from '../runtime/index.ts';
import { isFutureNameTooLong, type LogManager } from '../storage/index.ts';
import { errorNameOfThrown } from './error-name.ts';
import { decideAlterLogDir, type AlterLogDirInput } from './moves/decide-move.ts';
import type { LogDirMoves } from './moves/log-dir-moves.ts';
import type { Partition } from './partition.ts';
import type { ReplicaLog } from './replica-log.ts';

export interface LogDirChange extends TopicPartition {
  /** An absolute path, as in log.dirs. */
  readonly destination: string;
}

/** What moves need of the logs of a broker. LogManager is one. */
export interface MovableLogs extends Pick<
  LogManager,
  | 'isLogDirOnline'
  | 'preferLogDir'
  | 'deleteFutureLog'
  | 'settleFutureLog'
  | 'replaceCurrentWithFutureLog'
  | 'checkpointedHighWatermark'
> {
  getFutureLog(topic: string, partition: number): ReplicaLog | undefined;
  createFutureLog(topicPartition: TopicPartition, path: string): Promise<ReplicaLog>;
}

export interface AlterLogDirsHost {
  readonly logger: Logger;
  readonly logManager: MovableLogs;
  readonly moves: Pick<LogDirMoves, 'add' | 'remove'>;
  getPartition(topic: string, partition: number): Partition | undefined;
  isInMetadata(topicPartition: TopicPartition): boolean;
}

/** An outcome for each change, in their order. */
export async function alterLogDirs(
  changes: readonly LogDirChange[],
  host: AlterLogDirsHost,
): Promise<readonly ErrorName[]> {
  const outcomes: ErrorName[] = [];
  for (const change of changes) {
    try {
      outcomes.push(await alter(change, host));
    } catch (thrown) {
      host.logger.error(`Could not move ${topicPartitionName(change)}: ${errorMessageOf(thrown)}`);
      outcomes.push(errorNameOfThrown(thrown));
    }
  }
  return outcomes;
}

async function alter(change: LogDirChange, host: AlterLogDirsHost): Promise<ErrorName> {
  const { logManager, moves, logger } = host;
  const { destination } = change;
  const partition = host.getPartition(change.topic, change.partition);
  const plan = decideAlterLogDir({
    destination,
    destinationState: stateOf(destination, logManager),
    isFutureNameTooLong: isFutureNameTooLong(change),
    partition: partition && {
      isOffline: partition.isOffline,
      currentDir: partition.log?.parentDir,
      futureDir: partition.futureLog?.parentDir,
    },
    isInMetadata: host.isInMetadata(change),
  });
  if (plan.removesFuture && partition !== undefined) {
    await moves.remove([change]);
    partition.setFutureLog(undefined);
    await logManager.deleteFutureLog(change);
  }
  if (plan.prefersDir) logManager.preferLogDir(change, destination);
  // While the move was being called off it may have come to its end.
  if (plan.createsFuture && partition?.log !== undefined && partition.log.parentDir !== destination) {
    partition.setFutureLog(await logManager.createFutureLog(change, destination));
    moves.add([partition]);
  }
  if (plan.error !== 'NONE')
    logger.warn(`Unable to move ${topicPartitionName(change)} to ${destination}: ${plan.error}`);
  return plan.error;
}

function stateOf(
  path: string,
  logManager: Pick<MovableLogs, 'isLogDirOnline'>,
): AlterLogDirInput['destinationState'] {
  try {
    return logManager.isLogDirOnline(path) ? 'online' : 'offline';
  } catch (thrown) {
    if (thrown instanceof KafkaError && thrown.error === 'LOG_DIR_NOT_FOUND') return 'unknown';
    throw thrown;
  }
}

/** Goes on with the moves of partitions that the controller has just told of. */
export function resumeMoves(
  partitions: Iterable<Partition>,
  {
    logManager,
    moves,
  }: Pick<AlterLogDirsHost, 'moves'> & {
    readonly logManager: Pick<MovableLogs, 'getFutureLog' | 'checkpointedHighWatermark'>;
  },
): void {
  for (const partition of partitions) {
    const future = logManager.getFutureLog(partition.topic, partition.partition);
    if (future === undefined || partition.log === undefined || future.parentDir === partition.log.parentDir)
      continue;
    if (partition.futureLog === undefined) {
      future.updateHighWatermark(logManager.checkpointedHighWatermark(future.parentDir, partition));
      partition.setFutureLog(future);
    }
    moves.add([partition]);
  }
}
