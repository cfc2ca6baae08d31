/** One partition as a mover works on it. Who adds it again makes a new one, so work on the old one is recognised. */
import type { Partition } from '../partition.ts';

export class MovingPartition {
  readonly partition: Partition;
  /** Without epochs nothing tells whether the two logs agree beyond this offset. */
  cutWithoutEpochs: number;
  /** What was copied is durable: the future log may take over as soon as it has caught up again. */
  isSettled = false;
  /** By the monotonic clock. */
  notBeforeMs = 0;

  constructor(partition: Partition) {
    this.partition = partition;
    this.cutWithoutEpochs = partition.futureLog?.highWatermark ?? 0;
  }

  /** Where the future log is behind the current one. */
  get lag(): number {
    const { log, futureLog } = this.partition;
    return log === undefined || futureLog === undefined
      ? 0
      : Math.max(0, log.logEndOffset - futureLog.logEndOffset);
  }
}
