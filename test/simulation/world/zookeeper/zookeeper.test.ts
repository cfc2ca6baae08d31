/** The simulated ZooKeeper, reached through the session engine that brokers use. */
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
  test('keeps znodes with their versions, and refuses what does not fit', async () => {
    const { open, run } = await setUp();
    const session = await open('client');
    await run(session.create('/a', Buffer.from('1'), 'persistent'));
    await expect(run(session.create('/a', null, 'persistent'))).rejects.toMatchObject({ code: 'NodeExists' });
    expect((await run(session.setData('/a', Buffer.from('2'), 0))).version).toBe(1);
    await expect(run(session.setData('/a', null, 0))).rejects.toMatchObject({ code: 'BadVersion' });
    await expect(run(session.getData('/none'))).rejects.toMatchObject({ code: 'NoNode' });
    await run(session.create('/a/b', null, 'persistent'));
    await expect(run(session.delete('/a', 'any'))).rejects.toMatchObject({ code: 'NotEmpty' });
    const { data, stat } = await run(session.getData('/a'));
    expect([data?.toString(), stat.version, stat.numChildren]).toEqual(['2', 1, 1]);
    expect((await run(session.create('/a/n-', null, 'persistent-sequential'))).path).toBe('/a/n-0000000001');
    expect((await run(session.getChildren('/a'))).children).toEqual(['b', 'n-0000000001']);
  });

  test('makes a multi whole or not at all', async () => {
    const { open, run, server } = await setUp();
    const session = await open('client');
    const made = await run(
      session.multi([
        { op: 'create', path: '/x', data: null, mode: 'persistent' },
        { op: 'setData', path: '/x', data: Buffer.from('1'), version: 0 },
      ]),
    );
    expect(made.ok).toBe(true);
    const failed = await run(
      session.multi([
        { op: 'create', path: '/y', data: null, mode: 'persistent' },
        { op: 'check', path: '/x', version: 7 },
        { op: 'delete', path: '/x', version: 'any' },
      ]),
    );
    expect(failed).toMatchObject({ ok: false, failedIndex: 1, error: 'BadVersion' });
    expect(server.tree.paths()).toEqual(['/', '/x', '/zookeeper', '/zookeeper/config', '/zookeeper/quota']);
  });

  test('tells watchers once, and a session that comes back of what it missed', async () => {
    const { world, open, run } = await setUp();
    const [watcher, writer] = [await open('watcher'), await open('writer')];
    const events: string[] = [];
    const watch = (event: { readonly kind: string; readonly path: string }): void =>
      void events.push(`${event.kind} ${event.path}`);
    await run(watcher.exists('/a', { watch }));
    await run(writer.create('/a', null, 'persistent'));
    await run(writer.setData('/a', null, 'any'));
    await world.run(100);
    expect(events).toEqual(['created /a']);
    await run(watcher.getData('/a', { watch }));
    world.network.cut('watcher', 'zookeeper');
    world.network.reset('watcher', 'zookeeper');
    await run(writer.setData('/a', null, 'any'));
    world.network.mend('watcher', 'zookeeper');
    await world.runUntil(() => events.length === 2);
    expect(events[1]).toBe('data-changed /a');
  });

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
