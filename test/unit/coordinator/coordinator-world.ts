/**
 * What a group coordinator needs around it, made of memory and a clock that stands still until it is told: a log that
 * can be made slow or broken, timers that run when the test says so, member ids that count up.
 */
import { GroupCoordinator, type CoordinatorLog, type GroupConfig } from '../../../src/coordinator/index.ts';
import { Metrics } from '../../../src/metrics/index.ts';
import { FactStream } from '../../../src/observe/index.ts';
import type { ErrorName } from '../../../src/protocol/index.ts';
import { batchesOf, decodeRecords, type KafkaRecord } from '../../../src/records/index.ts';
import type { Logger, Runtime, Timer } from '../../../src/runtime/index.ts';

interface PendingTimer extends Timer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** A clock and its timers. Promises get their turns between two timers. */
export class VirtualTime {
  nowMs = 1_700_000_000_000;
  readonly #timers = new Set<PendingTimer>();
  #sequence = 0;

  get pending(): number {
    return this.#timers.size;
  }

  readonly clock = { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs };

  readonly timers = {
    after: (delayMs: number, callback: () => void): Timer => {
      const timer: PendingTimer = {
        dueMs: this.nowMs + delayMs,
        sequence: this.#sequence++,
        callback,
        cancel: () => this.#timers.delete(timer),
      };
      this.#timers.add(timer);
      return timer;
    },
    endOfTurn: (callback: () => void): void => void this.timers.after(0, callback),
    sleep: (delayMs: number): Promise<void> =>
      new Promise((resolve) => void this.timers.after(delayMs, resolve)),
  };

  /** Lets `ms` pass, running what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers]
        .filter(({ dueMs }) => dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.nowMs = endMs;
  }
}

/** Lets every promise that can go on do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

interface HeldAppend {
  readonly answer: () => void;
}

/** The partitions of `__consumer_offsets` as a cluster keeps them: shared by all coordinators of a test. */
export class MemoryLog implements CoordinatorLog {
  readonly #partitions = new Map<number, { bytes: Buffer[]; end: number }>();
  readonly #held: HeldAppend[] = [];
  /** What the next appends are answered instead of being stored. */
  failWith: ErrorName = 'NONE';
  /** What is refused is stored all the same: the replicas were only too slow. */
  storesRefused = false;
  /** Appends are stored but not answered until `release`. */
  hold = false;
  appends = 0;
  /** How many of them nobody waited for. */
  unattended = 0;

  async append(
    _topic: string,
    partition: number,
    records: Buffer,
    { unattended = false }: { readonly unattended?: boolean | undefined } = {},
  ): Promise<{ error: ErrorName; baseOffset: number }> {
    this.appends += 1;
    if (unattended) this.unattended += 1;
    const error = this.failWith;
    let baseOffset = -1;
    if (error === 'NONE' || this.storesRefused) {
      const log = this.#partition(partition);
      baseOffset = log.end;
      for (const batch of batchesOf(records)) {
        batch.baseOffset = log.end;
        log.end = batch.nextOffset;
      }
      log.bytes.push(records);
    }
    if (this.hold) await new Promise<void>((answer) => this.#held.push({ answer }));
    return { error, baseOffset };
  }

  /** Answers what was held, in order. */
  async release(): Promise<void> {
    for (const { answer } of this.#held.splice(0)) answer();
    await settle();
  }

  /** Appends a batch as some other coordinator wrote it. */
  put(partition: number, batch: Buffer): void {
    const log = this.#partition(partition);
    for (const part of batchesOf(batch)) {
      part.baseOffset = log.end;
      log.end = part.nextOffset;
    }
    log.bytes.push(batch);
  }

  /** Everything that was appended, batch by batch. */
  batches(partition: number): readonly Buffer[] {
    return this.#partition(partition).bytes;
  }

  records(partition: number): KafkaRecord[] {
    return this.#partition(partition).bytes.flatMap((bytes) => [...batchesOf(bytes)].flatMap(decodeRecords));
  }

  logOf(_topic: string, partition: number) {
    const log = this.#partition(partition);
    return {
      logStartOffset: 0,
      get logEndOffset() {
        return log.end;
      },
      read: ({ startOffset }: { readonly startOffset: number }) => {
        const found = log.bytes.find((bytes) =>
          [...batchesOf(bytes)].some((batch) => batch.nextOffset > startOffset),
        );
        return { records: found === undefined ? [] : [found], sizeInBytes: found?.length ?? 0 };
      },
    };
  }

  #partition(partition: number): { bytes: Buffer[]; end: number } {
    let log = this.#partitions.get(partition);
    if (log === undefined) this.#partitions.set(partition, (log = { bytes: [], end: 0 }));
    return log;
  }
}

export const SILENT_LOGGER: Logger = {
  isEnabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  child: () => SILENT_LOGGER,
};

const GROUP_CONFIG: GroupConfig = {
  minSessionTimeoutMs: 1000,
  maxSessionTimeoutMs: 600_000,
  initialRebalanceDelayMs: 0,
  maxSize: 1000,
  offsetMetadataMaxBytes: 64,
  offsetsRetentionMs: 3_600_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetsLoadBufferBytes: 1024,
  offsetsCompression: 'none',
};

export interface World {
  readonly time: VirtualTime;
  readonly log: MemoryLog;
  readonly metrics: Metrics;
  readonly facts: FactStream;
  readonly coordinator: GroupCoordinator;
  /** Another broker's coordinator over the same log. */
  readonly another: () => GroupCoordinator;
}

/** Member ids as they come: counted up, so that a test can be read. */
function countingIds(): () => string {
  let ids = 0;
  return () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
}

export function coordinatorRuntime(time: VirtualTime, nextId = countingIds()): Runtime {
  const unused = (): never => {
    throw new Error('a coordinator must not use this');
  };
  return {
    clock: time.clock,
    timers: time.timers,
    random: {
      below: () => 0,
      bytes: (count) => Buffer.alloc(count),
      uuid: nextId,
    },
    logger: SILENT_LOGGER,
    get disk() {
      return unused();
    },
    get network() {
      return unused();
    },
    get workers() {
      return unused();
    },
  };
}

/** A coordinator that was elected for the one partition there is and has loaded it. */
export async function coordinatorWorld(
  overrides: Partial<GroupConfig> = {},
  log = new MemoryLog(),
  time = new VirtualTime(),
  nextId = countingIds(),
): Promise<World> {
  const runtime = coordinatorRuntime(time, nextId);
  const facts = new FactStream({ broker: 0, nowMs: () => time.nowMs });
  const create = (metrics: Metrics): GroupCoordinator => {
    const config = { ...GROUP_CONFIG, ...overrides };
    const created = new GroupCoordinator({ runtime, facts, metrics, config, log });
    created.startup(1);
    return created;
  };
  const metrics = new Metrics(time.clock);
  const coordinator = create(metrics);
  coordinator.onElection(0, 1);
  await time.advance(0);
  return { time, log, metrics, facts, coordinator, another: () => create(new Metrics(time.clock)) };
}
