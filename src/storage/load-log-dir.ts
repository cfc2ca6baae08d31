/**
 * What lies in a log dir at a broker's start, and the opening of it (Kafka's LogManager.loadLogs): the checkpoints, then
 * every folder, several at once. A folder whose name Kafka does not give means that the dir is no log dir, or is
 * shared with something else: the broker does not start. Who gets the logs is the manager's business.
 */
import type { Logger } from '../runtime/index.ts';
import { LOG_START_CHECKPOINT, RECOVERY_POINT_CHECKPOINT } from './checkpoint-files.ts';
import { OTHER_FOLDERS, parsePartitionFolder } from './file-names.ts';
import type { LogConfig } from './log-config.ts';
import type { LogDir } from './log-dir.ts';
import type { LogFactory } from './log-factory.ts';
import type { UnifiedLog } from './unified-log.ts';

/** Most of opening a log is waiting for the disk: where a thread of the original waits, other logs are opened here. */
const LOGS_PER_THREAD = 4;

/** Fatal at start-up. */
export class ForeignFolderError extends Error {
  override readonly name = 'ForeignFolderError';

  constructor(path: string) {
    super(
      `Found directory ${path}, '${path.slice(path.lastIndexOf('/') + 1)}' is not in the form of topic-partition or ` +
        "topic-partition.uniqueId-delete (if marked for deletion). Kafka's log directories (and children) should only contain Kafka topic data.",
    );
  }
}

export interface LogDirToLoad {
  readonly dir: LogDir;
  readonly folders: readonly FolderToLoad[];
  readonly factory: LogFactory;
  readonly logger: Logger;
  /** num.recovery.threads.per.data.dir. */
  readonly recoveryThreads: number;
  readonly configOf: (topic: string) => LogConfig;
  readonly onLog: (log: UnifiedLog) => Promise<void>;
  /** A folder that waits for its removal. */
  readonly onDeleted: (path: string) => void;
}

/** Resolves with the logs that end before their recovery point: records that are yet to come would count as flushed. */
export async function loadLogDir(load: LogDirToLoad): Promise<readonly UnifiedLog[]> {
  const { dir, folders, factory, logger } = load;
  const hadCleanShutdown = await dir.takeCleanShutdownMarker();
  const recoveryPoints = await dir.readCheckpoint(RECOVERY_POINT_CHECKPOINT);
  const logStarts = await dir.readCheckpoint(LOG_START_CHECKPOINT);
  logger.info(
    hadCleanShutdown
      ? `Skipping recovery of ${folders.length} logs from ${dir.path} since clean shutdown file was found`
      : `Recovering ${folders.length} logs from ${dir.path} since no clean shutdown file was found`,
  );
  // Folders made shortly before a kill may not be durable by name yet, and nobody syncs that again for a log it finds.
  if (!hadCleanShutdown) await dir.syncNames();
  const endEarlier: UnifiedLog[] = [];
  await severalAtOnce(folders, load.recoveryThreads, async ({ name, path, kind, topicPartition }) => {
    if (kind === 'delete') return load.onDeleted(path);
    const { topic, partition } = topicPartition;
    const recoveryPoint = recoveryPoints.get(topic, partition) ?? 0;
    const log = await factory.open({
      topicPartition,
      parentDir: dir.path,
      folder: name,
      config: load.configOf(topic),
      hadCleanShutdown,
      recoveryPoint,
      logStartOffset: logStarts.get(topic, partition) ?? 0,
    });
    if (kind === 'stray') {
      // What a migration to KRaft put aside: it is looked at, and nobody gets it.
      logger.warn(`Loaded stray log: ${path}`);
      return log.closeHandlers();
    }
    if (log.recoveryPoint < recoveryPoint) endEarlier.push(log);
    await load.onLog(log);
  });
  return endEarlier;
}

export type FolderToLoad = NonNullable<ReturnType<typeof parsePartitionFolder>> & {
  readonly name: string;
  readonly path: string;
};

/** Throws ForeignFolderError. Also a checkpoint may turn out to be a folder, so this comes first. */
export async function partitionFoldersIn(dir: LogDir): Promise<FolderToLoad[]> {
  const names = (await dir.folders()).filter((name) => !OTHER_FOLDERS.includes(name));
  return names.map((name) => {
    const path = `${dir.path}/${name}`;
    const folder = parsePartitionFolder(name);
    if (folder === undefined) throw new ForeignFolderError(path);
    return { name, path, ...folder };
  });
}

/** As many as the recovery threads of a dir may have under way. */
export async function severalAtOnce<T>(
  items: readonly T[],
  recoveryThreads: number,
  task: (item: T) => Promise<void> | void,
): Promise<void> {
  const waiting = items.values();
  const takeNext = async (): Promise<void> => {
    for (const item of waiting) await task(item);
  };
  await allEnded(Array.from({ length: recoveryThreads * LOGS_PER_THREAD }, takeNext));
}

/** Rejects when one of them has, and not before the last has ended: what is let go then nobody works on any more. */
export async function allEnded(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks))
    if (outcome.status === 'rejected') throw outcome.reason;
}
