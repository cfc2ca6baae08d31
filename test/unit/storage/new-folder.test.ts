/** A folder that was made anew and not yet made durable when its broker was killed. */
import { beforeAll, expect, test } from '@jest/globals';
import { prepareCompression } from '../../../src/records/index.ts';
import { createWorld } from '../../simulation/world/index.ts';
import { batch } from './support.ts';
import { createManager, FAILING, HOST, recordsIn, SOUND } from './fault-disk/story.ts';

beforeAll(() => prepareCompression());

test('what the next broker flushes into it outlasts a loss of power, name and all', async () => {
  const world = createWorld('new folder');
  const { disk } = world.runtimeFor(HOST);
  for (const dir of [FAILING, SOUND]) await world.settle(disk.makeFolder(dir));
  await world.settle(disk.syncFolder('/'));

  const killed = createManager(world.runtimeFor(HOST));
  await world.settle(killed.manager.load());
  const topicPartition = { topic: 'orders', partition: 0 };
  await world.settle(killed.manager.getOrCreateLog(topicPartition, { isNew: true }));
  world.kill(HOST);

  const next = createManager(world.runtimeFor(HOST));
  await world.settle(next.manager.load());
  const log = next.manager.getLog('orders', 0)!;
  await world.settle(log.appendAsLeader(batch(['kept']), { leaderEpoch: 0 }));
  await world.settle(log.flush());
  world.crash(HOST);

  const last = createManager(world.runtimeFor(HOST));
  await world.settle(last.manager.load());
  expect([...(await world.settle(recordsIn(last.manager.getLog('orders', 0)!))).values()]).toEqual(['kept']);
});
