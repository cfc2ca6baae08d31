/**
 * One partition found in two log dirs. A move that was stopped between its two renames leaves two logs that hold the
 * same (future-logs.ts): then the older one goes. Anything else means that a dir was away while the other was written
 * to; which of the two is right only a person can tell, and the broker does not start.
 */
import { topicPartitionName } from '../common/index.ts';
import type { Disk } from '../runtime/index.ts';
import { PARTITION_METADATA } from './file-names.ts';
import type { UnifiedLog } from './unified-log.ts';

export class DuplicateLogError extends Error {
  override readonly name = 'DuplicateLogError';

  constructor(one: UnifiedLog, other: UnifiedLog) {
    const dirs = [one.dir, other.dir].sort().join(' and ');
    super(
      `Duplicate log directories for ${topicPartitionName(one.topicPartition)} are found in both ${dirs}. ` +
        'It is likely because a log dir failed while the partition was being moved out of it. Delete one of the two ' +
        'by hand: the one in the dir that is known to have failed recently',
    );
  }
}

type Compared = Pick<UnifiedLog, 'topicId' | 'logEndOffset' | 'lastRecordEpoch'>;

/** Two replicas that end with a record of the same epoch at the same offset hold the same records (KIP-101). */
function holdTheSame(one: Compared, other: Compared): boolean {
  return (
    one.topicId === other.topicId &&
    one.logEndOffset === other.logEndOffset &&
    one.lastRecordEpoch === other.lastRecordEpoch
  );
}

/** The one that was made first of two that hold the same. Throws DuplicateLogError for two that do not. */
export async function olderDuplicate(disk: Disk, one: UnifiedLog, other: UnifiedLog): Promise<UnifiedLog> {
  if (one.isOffline || other.isOffline || !holdTheSame(one, other)) throw new DuplicateLogError(one, other);
  const [oneMs, otherMs] = await Promise.all([madeMs(disk, one), madeMs(disk, other)]);
  return oneMs <= otherMs ? one : other;
}

/** partition.metadata is written once, when the folder is made. */
async function madeMs(disk: Disk, { dir }: UnifiedLog): Promise<number> {
  return (await disk.stat(`${dir}/${PARTITION_METADATA}`))?.modifiedMs ?? 0;
}
