import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FactStream } from '../../../src/observe/index.ts';
import { batchesOf, buildBatch, type RecordToBuild } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import type { Runtime } from '../../../src/runtime/index.ts';
import {
  DEFAULT_LOG_CONFIG,
  type FetchDataInfo,
  joinRecords,
  type LogConfig,
  LogManager,
  type LogManagerSettings,
  type ReadOptions,
  type UnifiedLog,
} from '../../../src/storage/index.ts';

export const NOW_MS = 1_700_000_100_000;

/** The real disk and timers under a wall clock that the test turns. */
export class TestRuntime {
  nowMs = NOW_MS;
  readonly runtime: Runtime;

  constructor() {
    const node = createNodeRuntime();
    this.runtime = {
      ...node,
      clock: { wallMs: () => this.nowMs, monotonicMs: () => node.clock.monotonicMs() },
    };
  }
}

export async function withFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'klassik-storage-'));
  try {
    await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Broker {
  readonly manager: LogManager;
  readonly facts: FactStream;
  readonly test: TestRuntime;
  log(topic?: string): Promise<UnifiedLog>;
}

/** A log manager over `folder`, loaded. */
export async function openBroker(
  folder: string,
  options: {
    readonly config?: Partial<LogConfig>;
    readonly settings?: Partial<LogManagerSettings>;
    readonly runtime?: Runtime;
    readonly onLogDirFailure?: (dir: string) => void;
  } = {},
): Promise<Broker> {
  const test = new TestRuntime();
  const facts = new FactStream({ broker: 0, nowMs: () => test.nowMs });
  const manager = new LogManager({
    runtime: options.runtime ?? test.runtime,
    facts,
    logDirs: [folder],
    defaultConfig: { ...DEFAULT_LOG_CONFIG, fileDeleteDelayMs: 0, ...options.config },
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...(options.onLogDirFailure === undefined ? {} : { onLogDirFailure: options.onLogDirFailure }),
  });
  await manager.load();
  return {
    manager,
    facts,
    test,
    log: (topic = 'orders') => manager.getOrCreateLog({ topic, partition: 0 }, { isNew: true }),
  };
}

/** Of a broker that runs, perhaps: what is written aside may be gone before it is copied. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (path) => !path.endsWith('.tmp') });
}

/** A batch as a producer sends it. */
export function batch(
  values: readonly string[],
  options: Partial<Parameters<typeof buildBatch>[0]> & { readonly timestamp?: number } = {},
): Buffer {
  const { timestamp = NOW_MS, ...rest } = options;
  const records: RecordToBuild[] = values.map((value, index) => ({
    key: null,
    value: Buffer.from(value),
    timestamp: timestamp + index,
  }));
  return buildBatch({ records, ...rest });
}

export async function readAll(log: UnifiedLog, options: Partial<ReadOptions> = {}): Promise<Buffer> {
  const read = await readOnce(log, options);
  return joinRecords(read);
}

export async function readOnce(log: UnifiedLog, options: Partial<ReadOptions> = {}): Promise<FetchDataInfo> {
  return log.read({
    startOffset: log.logStartOffset,
    maxBytes: 1024 * 1024,
    isolation: 'log-end',
    minOneMessage: true,
    ...options,
  });
}

/** A task with the log of a broker of its own, which stops after it. */
export async function withLog(
  config: Partial<LogConfig>,
  task: (log: UnifiedLog, broker: Broker) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const broker = await openBroker(folder, { config });
    await task(await broker.log(), broker);
    await broker.manager.shutdown();
  });
}

/** The base offsets of the batches that were read. */
export function offsetsIn(read: FetchDataInfo): number[] {
  return [...batchesOf(joinRecords(read))].map((each) => each.baseOffset);
}
