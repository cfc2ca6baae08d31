/**
 * Logs that brokers of both sides are started on: written once, by Klassik's storage, in the files of both. Each start
 * gets a log dir of its own, in which the large files are links: neither side writes to a record that is there.
 */
import { copyFile, link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactStream } from '../../src/observe/index.ts';
import { buildBatch, type RecordToBuild } from '../../src/records/index.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager, type LogConfig, type UnifiedLog } from '../../src/storage/index.ts';

const PRODUCER_ID = 1;
/** A producer's default. */
const BATCH_BYTES = 16_384;
const IN_FLIGHT = 32;
/** The overhead of a record of such sizes. */
const RECORD_OVERHEAD = 9;
const BATCH_OVERHEAD = 61;
const CLEAN_STOP_FILES = ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint'];

export interface LogToPrepare {
  readonly topic: string;
  readonly partitions: number;
  readonly config?: Partial<LogConfig>;
  /** A batch is sent when the next record would make it larger. */
  readonly batchBytes?: number;
  /** All of one size. */
  readonly recordsOf: (partition: number) => Iterable<Pick<RecordToBuild, 'key' | 'value'>>;
}

export class PreparedLogs {
  readonly #dir: string;
  /** Behind the last record of each partition that lies in front of its active segment. */
  readonly activeOffsets: readonly number[];

  private constructor(dir: string, activeOffsets: readonly number[]) {
    this.#dir = dir;
    this.activeOffsets = activeOffsets;
  }

  /** The last segment of each partition holds one batch only: all else is in closed segments. */
  static async write(
    dir: string,
    { topic, partitions, config, batchBytes = BATCH_BYTES, recordsOf }: LogToPrepare,
  ): Promise<PreparedLogs> {
    const defaultConfig = { ...DEFAULT_LOG_CONFIG, ...config };
    const facts = new FactStream({ broker: 0, nowMs: () => 0 });
    const manager = new LogManager({
      runtime: createNodeRuntime(),
      facts,
      logDirs: [dir],
      defaultConfig,
      settings: { tailCacheBytes: 0 },
    });
    await manager.load();
    const activeOffsets: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const log = await manager.getOrCreateLog({ topic, partition }, { isNew: true });
      activeOffsets.push(await fill(log, recordsOf(partition), batchBytes));
    }
    await manager.shutdown();
    return new PreparedLogs(dir, activeOffsets);
  }

  async remove(): Promise<void> {
    await rm(this.#dir, { recursive: true });
  }

  /** A log dir as after a clean stop, or as after kill -9 with nothing known to be flushed. */
  async linkTo(dataDir: string, state: 'stopped' | 'killed'): Promise<void> {
    await mkdir(dataDir, { recursive: true });
    for (const entry of await readdir(this.#dir, { withFileTypes: true, recursive: true })) {
      const from = join(entry.parentPath, entry.name);
      const to = join(dataDir, from.slice(this.#dir.length));
      if (entry.isDirectory()) await mkdir(to, { recursive: true });
      else if (entry.name.endsWith('.log')) await link(from, to);
      else if (
        entry.parentPath !== this.#dir ||
        (state === 'stopped' && CLEAN_STOP_FILES.includes(entry.name))
      )
        await copyFile(from, to);
    }
  }
}

/** Appends as an idempotent producer would have sent them; resolves with where the last segment begins. */
async function fill(
  log: UnifiedLog,
  records: Iterable<Pick<RecordToBuild, 'key' | 'value'>>,
  batchBytes: number,
): Promise<number> {
  let sequence = 0;
  let waiting: RecordToBuild[] = [];
  let bytes = BATCH_OVERHEAD;
  let appends: Promise<unknown>[] = [];
  const timestamp = Date.now();
  const send = async (): Promise<void> => {
    const batch = buildBatch({
      records: waiting,
      producerId: PRODUCER_ID,
      producerEpoch: 0,
      baseSequence: sequence,
    });
    sequence += waiting.length;
    waiting = [];
    bytes = BATCH_OVERHEAD;
    appends.push(log.appendAsLeader(batch, { leaderEpoch: 0 }));
    if (appends.length < IN_FLIGHT) return;
    await Promise.all(appends);
    appends = [];
  };
  for (const record of records) {
    const size = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (waiting.length > 0 && bytes + size > batchBytes) await send();
    waiting.push({ ...record, timestamp });
    bytes += size;
  }
  await send();
  await Promise.all(appends);
  const activeOffset = log.logEndOffset;
  const { config } = log;
  log.updateConfig({ ...config, segmentBytes: 1024 }); // no more goes into this segment
  waiting.push({ key: Buffer.from('last'), value: Buffer.from('last'), timestamp });
  await send();
  await Promise.all(appends);
  log.updateConfig(config);
  return activeOffset;
}

/** Where the cleaner is in a partition, as both sides write it down; undefined when it was never in it. */
export async function cleanedUpTo(dataDir: string, topic: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'cleaner-offset-checkpoint'), 'utf8').catch(() => '');
  const offset = new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1];
  return offset === undefined ? undefined : Number(offset);
}
