import { expect } from '@jest/globals';
import { Metrics } from '../../../../src/metrics/index.ts';
import { FactStream } from '../../../../src/observe/index.ts';
import { batchesOf, buildBatch, decodeRecords, type RecordBatch } from '../../../../src/records/index.ts';
import type { Disk, DiskFile, Runtime } from '../../../../src/runtime/index.ts';
import {
  DEFAULT_LOG_CLEANER_SETTINGS,
  DEFAULT_LOG_CONFIG,
  joinRecords,
  type LogCleaner,
  type LogCleanerSettings,
  type LogConfig,
  LogManager,
  type UnifiedLog,
} from '../../../../src/storage/index.ts';
import { NOW_MS, TestRuntime } from '../support.ts';

const COMPACTED: Partial<LogConfig> = {
  cleanupPolicy: ['compact'],
  segmentBytes: 400,
  minCleanableDirtyRatio: 0,
  fileDeleteDelayMs: 60_000,
};

/** `a=1`; a tombstone is `a` alone. */
export type Entry = string;

export function keyed(
  entries: readonly Entry[],
  rest: Partial<Parameters<typeof buildBatch>[0]> = {},
): Buffer {
  const records = entries.map((entry) => {
    const [key = '', value] = entry.split('=');
    return {
      key: Buffer.from(key),
      value: value === undefined ? null : Buffer.from(value),
      timestamp: NOW_MS,
    };
  });
  return buildBatch({ ...rest, records: rest.records ?? records });
}

export interface CleanedBroker {
  readonly manager: LogManager;
  readonly cleaner: LogCleaner;
  readonly log: UnifiedLog;
  readonly test: TestRuntime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
}

export async function openCleaned(
  folder: string,
  options: {
    readonly config?: Partial<LogConfig>;
    readonly settings?: Partial<LogCleanerSettings>;
    readonly runtime?: Runtime;
    readonly test?: TestRuntime;
    readonly onLogDirFailure?: () => void;
  } = {},
): Promise<CleanedBroker> {
  const test = options.test ?? new TestRuntime();
  const runtime = options.runtime ?? test.runtime;
  const facts = new FactStream({ broker: 0, nowMs: () => test.nowMs });
  const metrics = new Metrics(runtime.clock);
  const manager = new LogManager({
    runtime,
    facts,
    metrics,
    logDirs: [folder],
    defaultConfig: { ...DEFAULT_LOG_CONFIG, ...COMPACTED, ...options.config },
    cleaner: { ...DEFAULT_LOG_CLEANER_SETTINGS, dedupeBufferSize: 1024 * 1024, ...options.settings },
    ...(options.onLogDirFailure === undefined ? {} : { onLogDirFailure: options.onLogDirFailure }),
  });
  await manager.load();
  const log = await manager.getOrCreateLog({ topic: 'orders', partition: 0 }, { isNew: true });
  log.updateHighWatermark(log.logEndOffset);
  return { manager, cleaner: manager.cleaner!, log, test, facts, metrics };
}

export async function append(log: UnifiedLog, ...batches: readonly Buffer[]): Promise<void> {
  for (const records of batches) await log.appendAsLeader(records, { leaderEpoch: 0, origin: 'coordinator' });
  log.updateHighWatermark(log.logEndOffset);
}

/** Every batch, read through the log as a consumer does. */
export async function batchesIn(log: UnifiedLog): Promise<RecordBatch[]> {
  const found: RecordBatch[] = [];
  let startOffset = log.logStartOffset;
  while (startOffset < log.logEndOffset) {
    const read = await log.read({ startOffset, maxBytes: 500, isolation: 'log-end', minOneMessage: true });
    const batches = [...batchesOf(Buffer.from(joinRecords(read)))];
    if (batches.length === 0) break;
    found.push(...batches);
    startOffset = batches.at(-1)!.nextOffset;
  }
  return found;
}

/** Every record as `offset:key=value`, a tombstone as `offset:key`. */
export async function contents(log: UnifiedLog): Promise<string[]> {
  return (await batchesIn(log)).flatMap((batch) => {
    expect(batch.isValid()).toBe(true);
    return decodeRecords(batch).map(
      ({ offset, key, value }) =>
        `${offset}:${key?.toString() ?? ''}${value === null ? '' : `=${value.toString()}`}`,
    );
  });
}

/** The same disk or file, which calls `before` first; what that throws the caller is told. */
export function intercepted<T extends Disk | DiskFile>(
  of: T,
  before: (name: string, args: readonly unknown[]) => void,
): T {
  return new Proxy(of, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        before(String(name), args);
        return call(...args);
      };
    },
  });
}
