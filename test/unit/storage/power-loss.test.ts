/**
 * What was flushed is there after a loss of power, what was cut off stays away, and what was neither is lost from the
 * end of the log only: a hole would pass for the log.
 */
import { describe, expect, test } from '@jest/globals';
import { FactStream } from '../../../src/observe/index.ts';
import { batchesOf, buildEndTransactionMarker, prepareCompression } from '../../../src/records/index.ts';
import {
  DEFAULT_LOG_CONFIG,
  joinRecords,
  type LogConfig,
  LogManager,
  type UnifiedLog,
} from '../../../src/storage/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { batch } from './support.ts';

const FOLDER = '/data/orders-0';
const fileOf = (offset: number, suffix = '.log'): string =>
  `${FOLDER}/${String(offset).padStart(20, '0')}${suffix}`;
const LOG = fileOf(0);
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const BATCH_BYTES = batch(['a']).length;
const LEADER = { leaderEpoch: 1 };
const EIGHT = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

interface Opened {
  readonly manager: LogManager;
  readonly log: UnifiedLog;
}

async function openLog(
  world: World,
  config: Partial<LogConfig> = {},
  topicId: string | null = null,
): Promise<Opened> {
  // Loads a library: really, while no virtual time passes.
  await prepareCompression();
  const manager = new LogManager({
    runtime: world.runtimeFor('broker'),
    facts: new FactStream({ broker: 0, nowMs: () => world.nowMs }),
    logDirs: ['/data'],
    defaultConfig: { ...DEFAULT_LOG_CONFIG, ...config },
  });
  const open = async (): Promise<UnifiedLog> => {
    await manager.load();
    return manager.getOrCreateLog({ topic: 'orders', partition: 0 }, { isNew: true, topicId });
  };
  return { manager, log: await world.settle(open()) };
}

async function append(world: World, log: UnifiedLog, ...values: readonly string[]): Promise<void> {
  const timestamp = world.runtimeFor('broker').clock.wallMs();
  for (const value of values) await world.settle(log.appendAsLeader(batch([value], { timestamp }), LEADER));
}

async function offsetsIn(world: World, log: UnifiedLog): Promise<number[]> {
  const offsets: number[] = [];
  for (let startOffset = log.logStartOffset; startOffset < log.logEndOffset;) {
    const options = { startOffset, maxBytes: 1000, isolation: 'log-end', minOneMessage: true } as const;
    const read = await world.settle(Promise.resolve(log.read(options)));
    for (const found of batchesOf(joinRecords(read))) {
      offsets.push(found.baseOffset);
      startOffset = found.nextOffset;
    }
  }
  return offsets;
}

/** An empty log in a folder whose name, and that of the folder around it, are durable. */
async function worldWithLog(
  config: Partial<LogConfig> = {},
  seed = 'power loss',
): Promise<Opened & { world: World }> {
  const world = createWorld(seed);
  const opened = await openLog(world, config);
  for (const folder of ['/', '/data', FOLDER])
    await world.settle(world.runtimeFor('broker').disk.syncFolder(folder));
  return { ...opened, world };
}

/** Room for three batches in a segment. */
const THREE_BATCHES = { segmentBytes: 3 * BATCH_BYTES + 10 };

describe('what was cut off', () => {
  test('does not come back with a power loss', async () => {
    const { world, log } = await worldWithLog();
    await append(world, log, 'a', 'b', 'c');
    await world.settle(log.flush());
    await world.settle(log.truncateTo(1));
    world.crash('broker', { keep: 'nothing' });
    expect(world.disk('broker').peek(LOG)).toHaveLength(BATCH_BYTES);
    expect((await openLog(world)).log.logEndOffset).toBe(1);
  });

  test('by recovery does not come back with the next power loss', async () => {
    const { world, log } = await worldWithLog();
    await append(world, log, 'a', 'b', 'c');
    await world.settle(log.flush());
    world.kill('broker');
    const { disk } = world.runtimeFor('broker');
    const spoil = async (): Promise<void> => {
      const file = await disk.open(LOG, 'write');
      await file.writev([Buffer.from('nonsense')], BATCH_BYTES + 50);
      await file.sync();
      await file.close();
    };
    await world.settle(spoil());
    expect((await openLog(world)).log.logEndOffset).toBe(1);
    world.crash('broker', { keep: 'nothing' });
    expect(world.disk('broker').peek(LOG)).toHaveLength(BATCH_BYTES);
  });

  test('does not come back as whole segments', async () => {
    const { world, log } = await worldWithLog(THREE_BATCHES);
    await append(world, log, ...EIGHT);
    await world.settle(log.flush());
    expect(log.numberOfSegments).toBe(3);
    await world.settle(log.truncateTo(2));
    world.crash('broker', { keep: 'nothing' });
    const again = await openLog(world, THREE_BATCHES);
    expect([again.log.logEndOffset, await offsetsIn(world, again.log)]).toEqual([2, [0, 1]]);
  });

  test('leaves no hole, wherever the cut is cut off', async () => {
    for (let calls = 0; ; calls++) {
      const { world, log } = await worldWithLog(THREE_BATCHES, `cut ${calls}`);
      await append(world, log, ...EIGHT);
      await world.settle(log.flush());
      const disk = world.disk('broker');
      const until = disk.calls + calls;
      const ends: number[] = [];
      void log.truncateTo(2).then(() => ends.push(log.logEndOffset));
      await world.runUntil(() => ends.length > 0 || disk.calls >= until);
      world.crash('broker');
      const again = await openLog(world, THREE_BATCHES);
      const end = again.log.logEndOffset;
      expect(await offsetsIn(world, again.log)).toEqual(Array.from({ length: end }, (_, offset) => offset));
      expect(end).toBeGreaterThanOrEqual(2);
      if (ends.length > 0) {
        expect(ends).toEqual([end]);
        return;
      }
    }
  }, 30_000);

  test('counts as flushed no more, also for what is written in its place', async () => {
    const { world, manager, log } = await worldWithLog(THREE_BATCHES);
    await append(world, log, ...EIGHT);
    await world.settle(log.flush());
    await world.settle(manager.checkpointRecoveryPoints());
    await world.settle(log.truncateTo(1));
    const checkpoint = world.disk('broker').peek('/data/recovery-point-offset-checkpoint')!.toString();
    expect(checkpoint).toBe('0\n1\norders 0 1\n');
  });

  test('takes the saved start of the log along when it lay there', async () => {
    const { world, manager, log } = await worldWithLog();
    await append(world, log, ...EIGHT);
    log.updateHighWatermark(8);
    log.maybeIncrementLogStartOffset(6);
    await world.settle(manager.checkpointLogStartOffsets());
    await world.settle(log.truncateTo(2));
    await append(world, log, 'C', 'D');
    await world.settle(log.flush());
    world.crash('broker', { keep: 'nothing' });
    const again = await openLog(world);
    expect([again.log.logStartOffset, again.log.logEndOffset]).toEqual([2, 4]);
  });

  test('and was never flushed is not said to be while it goes', async () => {
    const { world, log } = await worldWithLog(THREE_BATCHES);
    await append(world, log, 'a', 'b', 'c');
    // The roll has the first segment flushed in the background.
    const rolling = log.appendAsLeader(batch(['d']), LEADER);
    const cutting = rolling.then(() => log.truncateTo(1));
    await world.runUntil(() => log.numberOfSegments === 1 && log.recoveryPoint > 0);
    expect(log.recoveryPoint).toBe(1);
    await world.settle(cutting);
  });
});

test('an empty log that begins anew begins there after a power loss too', async () => {
  const { world, log } = await worldWithLog();
  await world.settle(log.truncateFullyAndStartAt(100));
  world.crash('broker', { keep: 'nothing' });
  expect((await openLog(world)).log.logEndOffset).toBe(100);
});

describe('what was flushed', () => {
  test('is there in a folder that is new, with the id of its topic', async () => {
    const world = createWorld('a new folder');
    for (const folder of ['/', '/data'])
      await world.settle(world.runtimeFor('broker').disk.makeFolder(folder));
    await world.settle(world.runtimeFor('broker').disk.syncFolder('/'));
    const { log } = await openLog(world, {}, TOPIC_ID);
    // Nobody waits for what settles new logs: the first record does.
    await append(world, log, 'a');
    await world.settle(log.flush());
    world.crash('broker', { keep: 'nothing' });
    const again = await openLog(world);
    expect(await offsetsIn(world, again.log)).toEqual([0]);
    expect(again.log.topicId).toBe(TOPIC_ID);
  });

  test('is there, also in a segment that began while an older one was being flushed', async () => {
    const { world, log } = await worldWithLog(THREE_BATCHES);
    // The file of the third segment comes late: the folder was synced for the second one meanwhile.
    world.disk('broker').fault = (operation, path) =>
      operation === 'open' && path === fileOf(6) ? { delayMs: 50 } : undefined;
    for (const values of [EIGHT.slice(0, 4), EIGHT.slice(4, 7)])
      await world.settle(Promise.all(values.map((value) => log.appendAsLeader(batch([value]), LEADER))));
    await world.settle(log.flush());
    world.crash('broker', { keep: 'nothing' });
    const again = await openLog(world, THREE_BATCHES);
    expect(await offsetsIn(world, again.log)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('may be so while a segment that is full waits for its last batch', async () => {
    const { world, log } = await worldWithLog(THREE_BATCHES);
    await append(world, log, 'a', 'b');
    // A new leader epoch is stored first, and the batches wait for it.
    world.disk('broker').fault = (operation, path) =>
      operation === 'sync' && path.includes('leader-epoch') ? { delayMs: 50 } : undefined;
    const appends = ['c', 'd'].map((value) => log.appendAsLeader(batch([value]), { leaderEpoch: 2 }));
    expect(log.numberOfSegments).toBe(2);
    await world.settle(log.flush());
    await world.settle(Promise.all(appends));
    expect([log.isOffline, log.logEndOffset]).toEqual([false, 4]);
  });

  test('is told from its indexes too: an aborted transaction is known after a roll and a power loss', async () => {
    for (let calls = 0; calls < 30; calls++) {
      const { world, manager, log } = await worldWithLog({}, `aborted ${calls}`);
      await abortTransaction(world, log);
      await world.settle(log.flush());
      await world.settle(manager.checkpointRecoveryPoints());
      log.updateConfig({ ...log.config, segmentBytes: 120 });
      const disk = world.disk('broker');
      const until = disk.calls + calls;
      void log.appendAsLeader(batch(['behind']), LEADER).catch(() => undefined);
      const beganMs = world.nowMs;
      await world.runUntil(() => disk.calls >= until || world.nowMs > beganMs + 1000);
      world.crash('broker');
      expect(await abortedIn(world, (await openLog(world)).log)).toEqual([{ producerId: 7, firstOffset: 0 }]);
    }
  }, 30_000);

  test('by a clean stop is there with its indexes and snapshots', async () => {
    const { world, manager, log } = await worldWithLog();
    await append(world, log, 'a');
    await world.settle(manager.shutdown());
    await world.settle(world.runtimeFor('broker').disk.syncFolder(FOLDER));
    const second = await openLog(world);
    await abortTransaction(world, second.log);
    await world.settle(second.manager.shutdown());
    world.crash('broker', { keep: 'nothing' });
    const third = await openLog(world);
    expect(await abortedIn(world, third.log)).toEqual([{ producerId: 7, firstOffset: 1 }]);
    expect(third.log.producers.producers.has(7)).toBe(true);
  });
});

async function abortTransaction(world: World, log: UnifiedLog): Promise<void> {
  const timestamp = world.runtimeFor('broker').clock.wallMs();
  const producer = { producerId: 7, producerEpoch: 0 };
  const data = batch(['x'], { ...producer, baseSequence: 0, isTransactional: true, timestamp });
  const marker = buildEndTransactionMarker({ result: 'abort', coordinatorEpoch: 0, ...producer, timestamp });
  await world.settle(log.appendAsLeader(data, LEADER));
  await world.settle(log.appendAsLeader(marker, { ...LEADER, origin: 'coordinator' }));
}

async function abortedIn(world: World, log: UnifiedLog): Promise<unknown> {
  log.updateHighWatermark(log.logEndOffset);
  const options = {
    startOffset: 0,
    maxBytes: 1000,
    isolation: 'txn-committed',
    minOneMessage: true,
  } as const;
  const { abortedTransactions } = await world.settle(Promise.resolve(log.read(options)));
  return abortedTransactions?.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}

describe('the end of a segment that was lost', () => {
  /** The last batch of the first segment is gone, as after a power loss; the second segment is there. */
  async function worldWithHole({ isFlushed }: { readonly isFlushed: boolean }): Promise<World> {
    const { world, log } = await worldWithLog(THREE_BATCHES);
    await append(world, log, ...EIGHT.slice(0, 5));
    await world.run(1000);
    world.kill('broker');
    const { disk } = world.runtimeFor('broker');
    const file = await world.settle(disk.open(LOG, 'write'));
    await world.settle(file.truncate(2 * BATCH_BYTES));
    if (!isFlushed) await world.settle(disk.removeFile(fileOf(3, '.snapshot')));
    world.kill('broker');
    return world;
  }

  test('takes the segments behind it along', async () => {
    const world = await worldWithHole({ isFlushed: false });
    const { log } = await openLog(world, THREE_BATCHES);
    expect([log.logEndOffset, await offsetsIn(world, log)]).toEqual([2, [0, 1]]);
  });

  test('is none when it had been flushed: the cleaner took it, and what lies behind stays', async () => {
    const world = await worldWithHole({ isFlushed: true });
    const { log } = await openLog(world, THREE_BATCHES);
    expect([log.logEndOffset, await offsetsIn(world, log)]).toEqual([5, [0, 1, 3, 4]]);
  });
});
