/** One simulated server: what ends its sessions and what does not. What it answers is in contract.test.ts. */
import { describe, expect, test } from '@jest/globals';
import { openZooKeeperSession } from '../../../../src/zookeeper/index.ts';
import type { ZooKeeperSession } from '../../../../src/zookeeper/index.ts';
import { createWorld } from '../index.ts';
import { SimulatedZooKeeper } from './zookeeper.ts';

async function setUp() {
  const world = createWorld('zookeeper');
  const server = await world.settle(new SimulatedZooKeeper(world).start());
  const open = async (host: string): Promise<ZooKeeperSession> => {
    const runtime = world.runtimeFor(host);
    const session = openZooKeeperSession({
      connect: server.connectString,
      sessionTimeoutMs: 6000,
      ...runtime,
    });
    await world.runUntil(() => session.state === 'connected');
    return session;
  };
  return { world, server, open, run: <T>(call: Promise<T>): Promise<T> => world.settle(call) };
}

describe('a simulated ZooKeeper', () => {
  test('forgets ephemeral znodes with their session: closed, silent, or expired at will', async () => {
    const { world, server, open, run } = await setUp();
    const sessions = { closed: await open('a'), silent: await open('b'), expired: await open('c') };
    for (const [name, session] of Object.entries(sessions))
      await run(session.create(`/${name}`, null, 'ephemeral'));
    await run(sessions.closed.close());
    expect(server.tree.find('/closed')).toBeUndefined();
    server.expire(sessions.expired.sessionId);
    expect(server.tree.find('/expired')).toBeUndefined();
    await world.runUntil(() => sessions.expired.state === 'expired');
    world.crash('b');
    await world.run(4000);
    expect(server.tree.find('/silent')).toBeDefined();
    await world.run(6000);
    expect(server.tree.find('/silent')).toBeUndefined();
  });

  test('keeps its word and its sessions through a crash of its machine', async () => {
    const { world, server, open, run } = await setUp();
    const session = await open('client');
    await run(session.create('/kept', null, 'ephemeral'));
    world.crash(server.host);
    await world.runUntil(() => session.state === 'disconnected');
    await run(server.start());
    await world.runUntil(() => session.state === 'connected');
    expect(await run(session.exists('/kept'))).not.toBeNull();
  });
});
