/**
 * Everything a broker writes into a log dir, once, in a fixed order: two log dirs, logs of every kind in the first, and
 * one in the second that has to go on whatever happens to the first. It keeps account of what was acknowledged.
 */
import { FactStream } from '../../../../src/observe/index.ts';
import {
  batchesOf,
  buildBatch,
  buildEndTransactionMarker,
  decodeRecords,
} from '../../../../src/records/index.ts';
import { errorCodeOf, type Runtime } from '../../../../src/runtime/index.ts';
import {
  DEFAULT_LOG_CLEANER_SETTINGS,
  DEFAULT_LOG_CONFIG,
  joinRecords,
  type LogConfig,
  LogManager,
  type UnifiedLog,
  writeMetaProperties,
} from '../../../../src/storage/index.ts';
import type { World } from '../../../simulation/world/index.ts';

export const HOST = 'broker';
/** The dir whose disk fails, and the other one. */
export const [FAILING, SOUND] = ['/one', '/two'] as const;
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const STORAGE_ERROR = 'KAFKA_STORAGE_ERROR';

const CONFIG: LogConfig = {
  ...DEFAULT_LOG_CONFIG,
  segmentBytes: 350,
  indexIntervalBytes: 100,
  fileDeleteDelayMs: 1000,
  minCleanableDirtyRatio: 0,
};

export interface Opened {
  readonly manager: LogManager;
  readonly failedDirs: string[];
}

/** Not `load`: the caller lets time pass. */
export function createManager(runtime: Runtime, failedLogDirs: readonly string[] = []): Opened {
  const failedDirs: string[] = [];
  const manager = new LogManager({
    runtime,
    facts: new FactStream({ broker: 0, nowMs: () => runtime.clock.wallMs() }),
    logDirs: [FAILING, SOUND],
    failedLogDirs,
    defaultConfig: CONFIG,
    cleaner: { ...DEFAULT_LOG_CLEANER_SETTINGS, dedupeBufferSize: 16 * 1024, ioBufferSize: 4096 },
    onLogDirFailure: (dir) => failedDirs.push(dir),
  });
  return { manager, failedDirs };
}

/** What a log has to hold: the value of a record by its offset. */
export type Account = Map<number, string>;

export class Story {
  readonly #world: World;
  readonly accounts = new Map<string, Account>();
  /** Steps on the failing dir that were answered with a storage error. */
  refused = 0;
  #opened: Opened | undefined;
  #values = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get #runtime(): Runtime {
    return this.#world.runtimeFor(HOST);
  }
  get manager(): LogManager {
    return this.#opened!.manager;
  }
  /** Before there was a manager to tell of it. */
  isFailedAtStart = false;
  get failedDirs(): readonly string[] {
    return this.#opened?.failedDirs ?? [];
  }

  log(topic: string): UnifiedLog | undefined {
    return this.manager.getLog(topic, 0);
  }

  async run(): Promise<void> {
    await this.#open();
    await this.#create('plain', FAILING);
    await this.#create('keyed', FAILING, { cleanupPolicy: ['compact'] });
    await this.#create('leaving', FAILING);
    await this.#create('cut', FAILING);
    await this.#create('moving', SOUND);
    await this.#create('steady', SOUND);
    await this.#fill();
    await this.#transactions();
    await this.#upkeep();
    await this.#cuts();
    await this.#compaction();
    await this.#leave();
    await this.#move();
    await this.#write('steady', 1);
    // What was renamed to be deleted goes now.
    await this.#runtime.timers.sleep(2 * CONFIG.fileDeleteDelayMs);
    for (const topic of ['plain', 'keyed', 'cut', 'moving']) await this.#attempt(() => this.#write(topic, 1));
    await this.#write('steady', 1);
  }

  async #open(): Promise<void> {
    const failed: string[] = [];
    for (const dir of [FAILING, SOUND])
      try {
        await writeMetaProperties(this.#runtime.disk, dir, { clusterId: 'c', brokerId: 0 }, 'today');
      } catch (error) {
        if (dir !== FAILING || errorCodeOf(error) === undefined) throw error;
        failed.push(dir);
        this.isFailedAtStart = true;
      }
    this.#opened = createManager(this.#runtime, failed);
    await this.manager.load();
  }

  /** Where the dir has failed before, the topic lies in the other one. */
  async #create(topic: string, dir: string, config: Partial<LogConfig> = {}): Promise<void> {
    const topicPartition = { topic, partition: 0 };
    const isLive = this.manager.liveLogDirs.includes(dir);
    if (isLive) this.manager.preferLogDir(topicPartition, dir);
    const create = async (): Promise<void> => {
      const options = { isNew: true, topicId: TOPIC_ID, config: { ...CONFIG, ...config } };
      await this.manager.getOrCreateLog(topicPartition, options);
    };
    if (dir === SOUND || !isLive) await create();
    else await this.#attempt(create);
  }

  /** A step on the failing dir. It may be refused, in the protocol's words. */
  async #attempt(step: () => Promise<unknown>, refusals: readonly string[] = [STORAGE_ERROR]): Promise<void> {
    try {
      await step();
    } catch (thrown) {
      if (!refusals.includes((thrown as { readonly error?: string }).error ?? '')) throw thrown;
      this.refused += 1;
    }
  }

  async #on(topic: string, step: (log: UnifiedLog, account: Account) => Promise<unknown>): Promise<void> {
    const log = this.log(topic);
    if (log === undefined) return;
    let account = this.accounts.get(topic);
    if (account === undefined) this.accounts.set(topic, (account = new Map<number, string>()));
    const act = (): Promise<unknown> => step(log, account);
    if (log.parentDir === SOUND) await act();
    else await this.#attempt(act);
  }

  /** One record a batch; its keys come round. */
  async #write(topic: string, count: number, leaderEpoch = 1): Promise<void> {
    for (let index = 0; index < count; index++)
      await this.#on(topic, async (log, account) => {
        const value = `${topic} ${this.#values++} ${'x'.repeat(40)}`;
        const key = Buffer.from(`key ${index % 3}`);
        const records = buildBatch({
          records: [{ key, value: Buffer.from(value), timestamp: this.#runtime.clock.wallMs() }],
        });
        const { firstOffset } = await log.appendAsLeader(records, { leaderEpoch });
        account.set(firstOffset, value);
      });
  }

  async #fill(): Promise<void> {
    for (const topic of ['plain', 'keyed', 'leaving', 'cut', 'moving', 'steady']) await this.#write(topic, 8);
    for (const topic of ['plain', 'cut', 'steady']) await this.#on(topic, (log) => log.flush());
    for (const topic of ['plain', 'steady']) await this.#write(topic, 4, 2);
  }

  async #transactions(): Promise<void> {
    const producer = { producerId: 7, producerEpoch: 0 };
    const timestamp = this.#runtime.clock.wallMs();
    for (const [index, result] of (['abort', 'commit'] as const).entries())
      await this.#on('plain', async (log, account) => {
        const records = [{ key: Buffer.from('t'), value: Buffer.from(result), timestamp }];
        const data = buildBatch({ ...producer, records, baseSequence: index, isTransactional: true });
        const { firstOffset } = await log.appendAsLeader(data, { leaderEpoch: 2 });
        account.set(firstOffset, result);
        const marker = buildEndTransactionMarker({ ...producer, result, coordinatorEpoch: 0, timestamp });
        await log.appendAsLeader(marker, { leaderEpoch: 2, origin: 'coordinator' });
      });
    // Rolls, so that the transaction index is written.
    for (const topic of ['plain', 'steady']) await this.#write(topic, 6, 2);
    for (const topic of ['plain', 'steady']) await this.#on(topic, (log) => log.flush());
  }

  async #upkeep(): Promise<void> {
    const { manager } = this;
    for (const topic of ['plain', 'steady'])
      await this.#on(topic, async (log, account) => {
        log.updateHighWatermark(log.logEndOffset);
        const start = Math.floor(log.logEndOffset / 3);
        for (const offset of account.keys()) if (offset < start) account.delete(offset);
        log.maybeIncrementLogStartOffset(start);
        await log.deleteOldSegments();
      });
    await manager.checkpointHighWatermarks(
      [...manager.allLogs()].map(({ topicPartition, parentDir, highWatermark }) => ({
        ...topicPartition,
        parentDir,
        highWatermark,
      })),
    );
    await manager.checkpointRecoveryPoints();
    await manager.checkpointLogStartOffsets();
  }

  async #cuts(): Promise<void> {
    await this.#on('cut', async (log, account) => {
      for (const offset of account.keys()) if (offset >= 3) account.delete(offset);
      await log.truncateTo(3);
    });
    await this.#write('cut', 4, 3);
    await this.#on('cut', async (log, account) => {
      account.clear();
      await log.truncateFullyAndStartAt(100);
    });
    await this.#write('cut', 3, 3);
  }

  async #compaction(): Promise<void> {
    await this.#on('keyed', async (log, account) => {
      log.updateHighWatermark(log.logEndOffset);
      const offsets = [...account.keys()];
      // The last of each of the three keys; of the others the cleaner may keep as many as it likes.
      for (const offset of offsets.slice(0, -3)) account.delete(offset);
      await this.manager.cleaner!.cleanDirtiest();
      // A pass that fails tells nobody but the log.
      if (log.isOffline) throw Object.assign(new Error('offline'), { error: STORAGE_ERROR });
    });
  }

  async #leave(): Promise<void> {
    await this.#on('leaving', async (_log, account) => {
      account.clear();
      await this.manager.asyncDelete({ topic: 'leaving', partition: 0 });
    });
  }

  /** As replication does it: what the future log lacks is copied, then the two change places. */
  async #move(): Promise<void> {
    const topicPartition = { topic: 'moving', partition: 0 };
    const source = this.log('moving');
    if (source === undefined || !this.manager.liveLogDirs.includes(FAILING)) return;
    const fill = async (): Promise<void> => {
      const future = await this.manager.createFutureLog(topicPartition, FAILING);
      for (let startOffset = future.logEndOffset; startOffset < source.logEndOffset;) {
        const options = { startOffset, maxBytes: 300, isolation: 'log-end', minOneMessage: true } as const;
        const records = joinRecords(await source.read(options));
        const { lastOffset } = await future.appendAsFollower(Buffer.from(records));
        startOffset = lastOffset + 1;
      }
      await this.manager.settleFutureLog(topicPartition);
      await this.manager.replaceCurrentWithFutureLog(topicPartition);
    };
    // A future log whose dir failed is given up at once.
    await this.#attempt(fill, [STORAGE_ERROR, 'NOT_LEADER_OR_FOLLOWER']);
  }
}

/** Every record of a log, by its offset. */
export async function recordsIn(log: UnifiedLog): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (let startOffset = log.logStartOffset; startOffset < log.logEndOffset;) {
    const options = { startOffset, maxBytes: 1000, isolation: 'log-end', minOneMessage: true } as const;
    const batches = [...batchesOf(joinRecords(await log.read(options)))];
    if (batches.length === 0) break;
    for (const batch of batches) {
      for (const { offset, value } of decodeRecords(batch)) found.set(offset, value?.toString() ?? '');
      startOffset = batch.nextOffset;
    }
  }
  return found;
}
