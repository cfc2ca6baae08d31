/** How fetched batches get into a log, whether they came from a leader or from another dir of this broker. */
import { batchAt } from '../records/index.ts';
import type { LogAppendInfo } from '../storage/index.ts';
import type { ReplicaLog } from './replica-log.ts';

/**
 * DeleteRecords may set the log start into the middle of a batch. A replica that begins there is sent the whole batch:
 * its empty log has to begin where the batch does.
 */
export async function appendFetched(log: ReplicaLog, records: Buffer): Promise<LogAppendInfo> {
  const { nextOffset, logStartOffset } = log;
  if (nextOffset === logStartOffset) {
    const { baseOffset, lastOffset } = batchAt(records);
    if (baseOffset < nextOffset && lastOffset >= nextOffset)
      await log.truncateFullyAndStartAt(baseOffset, logStartOffset);
  }
  return log.appendAsFollower(records);
}
