/**
 * Fills future logs from the current ones of the same broker: Kafka's ReplicaAlterLogDirsThread. One partition after
 * the other, in order of their names, so that each is through as soon as possible; under the bound on bytes per second
 * that is configured at the moment.
 *
 * Invariants: a future log holds the current one's batches byte for byte, up to its end. It takes over only while
 * nobody appends, when both hold the same. After `remove` resolved nothing is done any more to what was removed.
 */
import { Deferred, PartitionMap, type TopicPartition, topicPartitionName } from '../../common/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import { wholeBatchesSize } from '../../records/index.ts';
import { errorMessageOf, type Runtime } from '../../runtime/index.ts';
import { joinRecords } from '../../storage/index.ts';
import { appendFetched } from '../append-fetched.ts';
import { errorNameOfThrown } from '../error-name.ts';
import type { Partition } from '../partition.ts';
import type { ReplicaLog } from '../replica-log.ts';
import { decideCopyStep } from './decide-move.ts';
import { MovingPartition } from './moving-partition.ts';
import type { ReplicationQuota } from '../throttle/replication-quota.ts';

export interface LogDirMoverOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger'>;
  readonly quota: ReplicationQuota;
  /** How much is read at once: replica.fetch.max.bytes. */
  readonly maxBytes: number;
  readonly backoffMs: number;
  /** Makes the future log durable, while appends go on. */
  readonly settle: (partition: Partition) => Promise<void>;
  /** The future log becomes the partition's log on disk. Rejects when it cannot. */
  readonly replace: (partition: Partition) => Promise<void>;
  /** The log start of a future log rose, or it is none any more. */
  readonly onLowWatermarkMoved: (partition: Partition) => void;
  /** The partition is left alone until it is added again. */
  readonly onFailed: (partition: Partition) => void;
}

interface Logs {
  readonly source: ReplicaLog;
  readonly future: ReplicaLog;
}

/** `stuck`: the current log shows nothing at an offset below its end. */
type Progress = 'moved-on' | 'caught-up' | 'stuck';

/** Somebody is appending or cutting at this very moment: looked at again soon. */
const BUSY_RECHECK_MS = 2;

export class LogDirMover {
  readonly #options: LogDirMoverOptions;
  readonly #partitions = new PartitionMap<MovingPartition>();
  #copying: MovingPartition | undefined;
  #work: Promise<void> = Promise.resolve();
  #wake = new Deferred<void>();
  #isClosed = false;
  #loop: Promise<void> | undefined;

  constructor(options: LogDirMoverOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#partitions.size;
  }

  get maxLag(): number {
    return Math.max(0, ...[...this.#partitions.values()].map(({ lag }) => lag));
  }

  add(partition: Partition): void {
    this.#partitions.set(partition.topic, partition.partition, new MovingPartition(partition));
    this.#wake.resolve();
    this.#loop ??= this.#run();
  }

  /** Resolves when nothing is done to them any more. */
  async remove(partitions: Iterable<TopicPartition>): Promise<void> {
    let removed = 0;
    for (const { topic, partition } of partitions)
      if (this.#partitions.delete(topic, partition)) removed += 1;
    if (removed > 0) await this.#work;
  }

  /** The current log was cut back to this offset. */
  onTruncated({ topic, partition }: TopicPartition, offset: number): void {
    const moving = this.#partitions.get(topic, partition);
    if (moving !== undefined) moving.cutWithoutEpochs = Math.min(moving.cutWithoutEpochs, offset);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#partitions.clear();
    this.#wake.resolve();
    await this.#work;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const moving = this.#next();
      if (moving === undefined || this.#options.quota.isExceeded) await this.#pause(moving);
      else await (this.#work = this.#step(moving));
    }
  }

  /** The one being copied, as long as it is its turn; else the first by name. */
  #next(): MovingPartition | undefined {
    const nowMs = this.#options.runtime.clock.monotonicMs();
    const isReady = (moving: MovingPartition): boolean => moving.notBeforeMs <= nowMs;
    const copying = this.#copying;
    if (copying !== undefined && this.#isCurrent(copying) && isReady(copying)) return copying;
    const [first] = [...this.#partitions.values()].filter(isReady).sort(byName);
    this.#copying = first;
    if (first !== undefined)
      this.#options.runtime.logger.info(
        `Copying ${topicPartitionName(first.partition)} from offset ${first.partition.futureLog?.logEndOffset ?? 0}; ${this.size} partitions are to be copied`,
      );
    return first;
  }

  async #pause(ready: MovingPartition | undefined): Promise<void> {
    const { clock, timers } = this.#options.runtime;
    const nowMs = clock.monotonicMs();
    const turns = [...this.#partitions.values()].map(({ notBeforeMs }) => notBeforeMs - nowMs);
    // Over the bound, or nothing to do: until somebody is added, or for the backoff.
    const delayMs = ready === undefined ? Math.min(...turns) : this.#options.backoffMs;
    const wake = new Deferred<void>();
    this.#wake = wake;
    const timer = delayMs === Infinity ? undefined : timers.after(Math.max(1, delayMs), () => wake.resolve());
    await wake.promise;
    timer?.cancel();
  }

  #isCurrent(moving: MovingPartition): boolean {
    const { topic, partition } = moving.partition;
    return !this.#isClosed && this.#partitions.get(topic, partition) === moving;
  }

  #logsOf({ partition }: MovingPartition): Logs {
    const { log: source, futureLog: future } = partition;
    if (source === undefined || future === undefined)
      throw new KafkaError('KAFKA_STORAGE_ERROR', 'The current or the future replica is offline');
    return { source, future };
  }

  /** One read, and what follows when nothing is left to read. */
  async #step(moving: MovingPartition): Promise<void> {
    const { partition } = moving;
    try {
      const logs = this.#logsOf(moving);
      const progress = await this.#bringOn(moving, logs);
      if (progress === 'stuck') this.#delay(moving, this.#options.backoffMs);
      if (!moving.isSettled && this.#isCurrent(moving) && endAlike(logs)) {
        await this.#options.settle(partition);
        moving.isSettled = true;
      }
      if (!this.#isCurrent(moving) || !endAlike(logs)) return;
      const handover = partition.handover.tryBegin(() => this.#handOver(moving));
      if (handover === undefined) this.#delay(moving, BUSY_RECHECK_MS);
      else await handover;
    } catch (thrown) {
      this.#onFailed(moving, thrown);
    }
  }

  /** One cut or one copy. */
  async #bringOn(moving: MovingPartition, { source, future }: Logs): Promise<Progress> {
    const { cutWithoutEpochs } = moving;
    const step = decideCopyStep({ source, future, cutWithoutEpochs });
    moving.cutWithoutEpochs = Infinity;
    switch (step.kind) {
      case 'cut':
        await future.truncateTo(step.toOffset);
        return 'moved-on';
      case 'start-anew':
        await future.truncateFullyAndStartAt(step.atOffset);
        return 'moved-on';
      case 'copy':
        return this.#copy(moving.partition, { source, future }, step.fromOffset);
      case 'caught-up':
        this.#takeOverOffsets(moving.partition, { source, future });
        return 'caught-up';
    }
  }

  async #copy(partition: Partition, { source, future }: Logs, startOffset: number): Promise<Progress> {
    const { maxBytes } = this.#options;
    const read = await source.read({ startOffset, maxBytes, isolation: 'log-end', minOneMessage: true });
    try {
      const records = joinRecords(read);
      const whole = records.subarray(0, wholeBatchesSize(records));
      if (whole.length === 0) return 'stuck';
      await appendFetched(future, whole);
      this.#options.quota.record(whole.length);
    } finally {
      read.release?.();
    }
    this.#takeOverOffsets(partition, { source, future });
    return 'moved-on';
  }

  #takeOverOffsets(partition: Partition, { source, future }: Logs): void {
    future.updateHighWatermark(Math.min(source.highWatermark, future.logEndOffset));
    const { logStartOffset } = source;
    if (logStartOffset <= future.logStartOffset || logStartOffset > future.highWatermark) return;
    future.maybeIncrementLogStartOffset(logStartOffset);
    this.#options.onLowWatermarkMoved(partition);
  }

  /** Nobody appends meanwhile: what is still missing is little, and does not become more. */
  async #handOver(moving: MovingPartition): Promise<void> {
    const { partition } = moving;
    await this.#logsOf(moving).source.drain();
    const logs = this.#logsOf(moving);
    let progress: Progress = 'moved-on';
    while (progress === 'moved-on') {
      progress = await this.#bringOn(moving, logs);
      if (!this.#isCurrent(moving)) return;
    }
    if (progress === 'stuck' || partition.log !== logs.source || partition.futureLog !== logs.future) return;
    await this.#options.replace(partition);
    partition.replaceLogWithFuture();
    if (this.#isCurrent(moving)) this.#partitions.delete(partition.topic, partition.partition);
    this.#options.onLowWatermarkMoved(partition);
  }

  #delay(moving: MovingPartition, delayMs: number): void {
    moving.notBeforeMs = this.#options.runtime.clock.monotonicMs() + delayMs;
  }

  #onFailed(moving: MovingPartition, thrown: unknown): void {
    if (!this.#isCurrent(moving)) return;
    const { logger } = this.#options.runtime;
    const { partition } = moving;
    const name = topicPartitionName(partition);
    if (thrown instanceof KafkaError && RETRIED.has(errorNameOfThrown(thrown))) {
      logger.warn(`Copying ${name} to another log dir is tried again: ${errorMessageOf(thrown)}`);
      this.#delay(moving, this.#options.backoffMs);
      return;
    }
    logger.error(`Copying ${name} to another log dir failed: ${errorMessageOf(thrown)}`, { error: thrown });
    this.#partitions.delete(partition.topic, partition.partition);
    this.#options.onFailed(partition);
  }
}

/** What may well be gone a moment later: a read that met a deletion, bytes that were being cut. */
const RETRIED: ReadonlySet<string> = new Set([
  'OFFSET_OUT_OF_RANGE',
  'CORRUPT_MESSAGE',
  'INVALID_RECORD',
  'NOT_LEADER_OR_FOLLOWER',
]);

function endAlike({ source, future }: Logs): boolean {
  return source.logEndOffset === future.logEndOffset;
}

function byName(one: MovingPartition, other: MovingPartition): number {
  const { topic, partition } = one.partition;
  if (topic !== other.partition.topic) return topic < other.partition.topic ? -1 : 1;
  return partition - other.partition.partition;
}
