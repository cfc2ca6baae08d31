/** Bytes that were cut off must not come back: whole and in place, they would pass for the log. */
import { expect, test } from '@jest/globals';
import { FactStream } from '../../../src/observe/index.ts';
import { prepareCompression } from '../../../src/records/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager, type UnifiedLog } from '../../../src/storage/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { batch } from './support.ts';

const LOG = '/data/orders-0/00000000000000000000.log';
const BATCH_BYTES = batch(['a']).length;

async function openLog(world: World): Promise<UnifiedLog> {
  // Loads a library: really, while no virtual time passes.
  await prepareCompression();
  const manager = new LogManager({
    runtime: world.runtimeFor('broker'),
    facts: new FactStream({ broker: 0, nowMs: () => world.nowMs }),
    logDirs: ['/data'],
    defaultConfig: DEFAULT_LOG_CONFIG,
  });
  const open = async (): Promise<UnifiedLog> => {
    await manager.load();
    return manager.getOrCreateLog({ topic: 'orders', partition: 0 }, { isNew: true });
  };
  return world.settle(open());
}

/** Three batches, all of them on the platter. */
async function worldWithLog(): Promise<{ world: World; log: UnifiedLog }> {
  const world = createWorld('power loss');
  const log = await openLog(world);
  for (const value of ['a', 'b', 'c'])
    await world.settle(log.appendAsLeader(batch([value]), { leaderEpoch: 1 }));
  await world.settle(log.flush());
  for (const folder of ['/', '/data', '/data/orders-0'])
    await world.settle(world.runtimeFor('broker').disk.syncFolder(folder));
  expect(world.disk('broker').peek(LOG)).toHaveLength(3 * BATCH_BYTES);
  return { world, log };
}

test('what a follower cut does not come back with a power loss', async () => {
  const { world, log } = await worldWithLog();
  await world.settle(log.truncateTo(1));
  world.crash('broker', { keep: 'nothing' });
  expect(world.disk('broker').peek(LOG)).toHaveLength(BATCH_BYTES);
  expect((await openLog(world)).logEndOffset).toBe(1);
});

test('what recovery cut does not come back with the next power loss', async () => {
  const { world } = await worldWithLog();
  world.kill('broker');
  const { disk } = world.runtimeFor('broker');
  const spoil = async (): Promise<void> => {
    const file = await disk.open(LOG, 'write');
    await file.writev([Buffer.from('nonsense')], BATCH_BYTES + 50);
    await file.sync();
    await file.close();
  };
  await world.settle(spoil());
  expect((await openLog(world)).logEndOffset).toBe(1);
  world.crash('broker', { keep: 'nothing' });
  expect(world.disk('broker').peek(LOG)).toHaveLength(BATCH_BYTES);
});
