/** A follower that cuts its log off may be asked by read-committed consumers meanwhile (KIP-392). */
import { expect, test } from '@jest/globals';
import { FactStream } from '../../../src/observe/index.ts';
import { buildEndTransactionMarker, prepareCompression } from '../../../src/records/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager, type UnifiedLog } from '../../../src/storage/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { batch } from './support.ts';

const PRODUCER = { producerId: 7, producerEpoch: 0 };
const LEADER = { leaderEpoch: 1 };

async function openLog(world: World): Promise<UnifiedLog> {
  await prepareCompression();
  const manager = new LogManager({
    runtime: world.runtimeFor('broker'),
    facts: new FactStream({ broker: 0, nowMs: () => world.nowMs }),
    logDirs: ['/data'],
    defaultConfig: DEFAULT_LOG_CONFIG,
  });
  await world.settle(manager.load());
  return world.settle(
    manager.getOrCreateLog({ topic: 'orders', partition: 0 }, { isNew: true, topicId: null }),
  );
}

/** Offset 0 is plain, 1 belongs to a transaction, 2 is plain, 3 ends the transaction. */
async function withAborted(world: World): Promise<UnifiedLog> {
  const log = await openLog(world);
  const timestamp = world.runtimeFor('broker').clock.wallMs();
  const marker = buildEndTransactionMarker({ result: 'abort', coordinatorEpoch: 0, ...PRODUCER, timestamp });
  const plain = batch(['plain'], { timestamp });
  const data = batch(['a'], { ...PRODUCER, baseSequence: 0, isTransactional: true, timestamp });
  for (const records of [plain, data, plain]) await world.settle(log.appendAsLeader(records, LEADER));
  await world.settle(log.appendAsLeader(marker, { ...LEADER, origin: 'coordinator' }));
  return log;
}

/** Every LSO that a reader could meet while the log is cut. */
async function stableOffsetsDuring(world: World, log: UnifiedLog, offset: number): Promise<Set<number>> {
  const seen = new Set<number>();
  let isCut = false;
  const cut = log.truncateTo(offset).then(() => (isCut = true));
  await world.runUntil(() => {
    if (!isCut) seen.add(log.lastStableOffset);
    return isCut;
  });
  await cut;
  return seen;
}

test('the marker of a transaction is cut off: nobody reads into the transaction meanwhile', async () => {
  const world = createWorld('cut marker');
  const log = await withAborted(world);
  log.updateHighWatermark(3);
  expect(await stableOffsetsDuring(world, log, 3)).toEqual(new Set([1]));
  expect(log.lastStableOffset).toBe(1);
});

test('and where the marker was committed, as only an unclean election can have it, nothing is read until all is known', async () => {
  const world = createWorld('cut committed marker');
  const log = await withAborted(world);
  log.updateHighWatermark(4);
  expect(await stableOffsetsDuring(world, log, 3)).toEqual(new Set([0, 1]));
  expect(log.lastStableOffset).toBe(1);
});
