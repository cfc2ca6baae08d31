/** Three simulated servers and what can be done to them, seen through the session engine that brokers use. */
import { describe, expect, test } from '@jest/globals';
import { openZooKeeperSession } from '../../../../src/zookeeper/index.ts';
import type { SessionOptions, ZooKeeperSession } from '../../../../src/zookeeper/index.ts';
import { createWorld } from '../index.ts';
import type { World } from '../index.ts';
import { SimulatedZooKeeper } from './zookeeper.ts';

interface Stage {
  readonly world: World;
  readonly zooKeeper: SimulatedZooKeeper;
  /** A session from a machine of its own, to one server or to all. */
  readonly open: (
    client: string,
    server?: number,
    options?: Partial<SessionOptions>,
  ) => Promise<ZooKeeperSession>;
  readonly run: <T>(call: Promise<T>) => Promise<T>;
}

async function setUp(seed = 'ensemble'): Promise<Stage> {
  const world = createWorld(seed);
  const zooKeeper = await world.settle(new SimulatedZooKeeper(world, { servers: 3 }).start());
  const open: Stage['open'] = async (client, server, options = {}) => {
    const connect = server === undefined ? zooKeeper.connectString : `${zooKeeper.hosts[server - 1]!}:2181`;
    const runtime = world.runtimeFor(client);
    const session = openZooKeeperSession({ connect, sessionTimeoutMs: 6000, ...runtime, ...options });
    await world.runUntil(() => session.state === 'connected');
    return session;
  };
  return { world, zooKeeper, open, run: (call) => world.settle(call) };
}

const data = (text: string): Buffer => Buffer.from(text);

async function read({ run }: Stage, session: ZooKeeperSession, path: string): Promise<string | undefined> {
  return (await run(session.getData(path))).data?.toString();
}

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error as { readonly code: unknown }).code,
  );

/** A server that does not lead. */
const followerOf = ({ leader }: SimulatedZooKeeper): number => [1, 2, 3].find((n) => n !== leader)!;

describe('a simulated ensemble', () => {
  test('tells at every server, after a sync, what was written at any', async () => {
    const stage = await setUp();
    const { open, run, zooKeeper } = stage;
    expect(zooKeeper.connectString).toBe('zookeeper-1:2181,zookeeper-2:2181,zookeeper-3:2181');
    const sessions = [await open('a', 1), await open('b', 2), await open('c', 3)];
    await run(sessions[0]!.create('/n', data('0'), 'persistent'));
    for (const [index, writer] of sessions.entries()) {
      await run(writer.setData('/n', data(`by ${index}`), index));
      for (const reader of sessions) {
        await run(reader.sync('/n'));
        expect(await read(stage, reader, '/n')).toBe(`by ${index}`);
      }
    }
    // Each saw its own writes in the order it made them, without any sync.
    const calls = Array.from({ length: 20 }, (_, index) =>
      sessions[1]!.setData('/n', data(`${index}`), 'any'),
    );
    const last = sessions[1]!.getData('/n');
    expect((await run(Promise.all(calls))).map(({ version }) => version)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 4),
    );
    expect((await run(last)).data).toEqual(data('19'));
  });

  test('has servers that lag behind, which show an old world until a sync, and never to who has seen a newer one', async () => {
    const stage = await setUp();
    const { world, zooKeeper, open, run } = stage;
    const slow = followerOf(zooKeeper);
    // A server that lags behind keeps its clients waiting for their own writes, and so for answers to their pings.
    const patient = { sessionTimeoutMs: 12_000 };
    const reader = await open('reader', slow, patient);
    const writer = await open('writer', zooKeeper.leader, patient);
    await run(writer.create('/n', data('old'), 'persistent'));
    await run(reader.sync('/n'));
    zooKeeper.lag(slow, 3000);
    await run(writer.setData('/n', data('new'), 'any'));
    await world.run(1000);
    expect(await read(stage, reader, '/n')).toBe('old');
    expect(zooKeeper.treeOf(slow).find('/n')?.version).toBe(0);

    // Only the slow server is left to one who has seen more: it refuses until it has caught up.
    const moving = await open('mover', undefined, patient);
    await run(moving.setData('/n', data('newer'), 'any'));
    const beganMs = world.nowMs;
    for (const host of zooKeeper.hosts) {
      if (host !== zooKeeper.hosts[slow - 1]) world.network.cut('mover', host);
      world.network.reset('mover', host);
    }
    await world.runUntil(() => moving.state !== 'connected');
    expect(await read(stage, moving, '/n')).toBe('newer');
    expect(world.nowMs - beganMs).toBeGreaterThan(1500);

    const syncedMs = world.nowMs;
    await run(writer.setData('/n', data('newest'), 'any'));
    await run(reader.sync('/n'));
    expect(await read(stage, reader, '/n')).toBe('newest');
    expect(world.nowMs - syncedMs).toBeGreaterThan(2500);
  });

  test('keeps what it said and whom it knows when it loses its leader, and serves nobody meanwhile', async () => {
    const stage = await setUp();
    const { world, zooKeeper, open, run } = stage;
    const session = await open('client');
    await run(session.create('/kept', data('1'), 'ephemeral'));
    const { sessionId } = session;
    const leaders = [zooKeeper.leader];
    const epochOf = (path: string): bigint => zooKeeper.tree.find(path)!.mzxid >> 32n;
    for (const how of ['kill', 'crash', 'lose'] as const) {
      const leader = zooKeeper.leader!;
      const epoch = epochOf('/kept');
      if (how === 'lose') zooKeeper.loseLeader();
      else world[how](zooKeeper.hosts[leader - 1]!);
      await world.runUntil(() => zooKeeper.leader === undefined);
      await world.runUntil(() => session.state !== 'connected');
      const beganMs = world.nowMs;
      // It goes out when somebody serves again.
      await run(session.setData('/kept', data(how), 'any'));
      expect(world.nowMs - beganMs).toBeGreaterThan(250);
      expect(world.nowMs - beganMs).toBeLessThan(4000);
      expect(epochOf('/kept')).toBe(epoch + 1n);
      leaders.push(zooKeeper.leader);
      await run(zooKeeper.startServer(leader));
      await world.run(3000);
    }
    expect(new Set(leaders).size).toBeGreaterThan(1);
    expect(session.sessionId).toBe(sessionId);
    expect(await read(stage, session, '/kept')).toBe('lose');
    expect(zooKeeper.sessions()).toEqual([sessionId]);
  });

  test('gives no service by a minority, and knows everything when the others are back', async () => {
    const stage = await setUp();
    const { world, zooKeeper, open, run } = stage;
    const session = await open('client', 1, { callTimeoutMs: 10_000 });
    await run(session.create('/n', data('1'), 'persistent'));
    for (const n of [2, 3]) world.kill(zooKeeper.hosts[n - 1]!);
    const refused = codeOf(session.setData('/n', data('2'), 'any'));
    expect(await run(refused)).toBe('ConnectionLoss');
    expect(await run(codeOf(session.getData('/n')))).toBe('ConnectionLoss');
    expect(zooKeeper.leader).toBeUndefined();
    // Nobody may end sessions either.
    await world.run(60_000);
    expect(zooKeeper.sessions()).toHaveLength(1);
    await run(zooKeeper.startServer(2));
    await world.runUntil(() => session.state === 'connected');
    expect(await read(stage, session, '/n')).toBe('1');
    await run(zooKeeper.startServer(3));
    const other = await open('other', 3);
    expect(await read(stage, other, '/n')).toBe('1');
  });

  test('has a server that is cut off from its leader stop serving, and take it up again', async () => {
    const stage = await setUp();
    const { world, zooKeeper, open, run } = stage;
    const [lonely, leader] = [followerOf(zooKeeper), zooKeeper.leader!];
    const [there, here] = [await open('there', lonely), await open('here', leader)];
    await run(here.create('/n', data('1'), 'persistent'));
    await run(there.sync('/n'));
    world.network.cut(zooKeeper.hosts[lonely - 1]!, zooKeeper.hosts[leader - 1]!);
    await run(here.setData('/n', data('2'), 'any'));
    expect(await read(stage, there, '/n')).toBe('1');
    await world.runUntil(() => there.state !== 'connected');
    expect(await read(stage, here, '/n')).toBe('2');
    world.network.mend(zooKeeper.hosts[lonely - 1]!, zooKeeper.hosts[leader - 1]!);
    await world.runUntil(() => there.state === 'connected');
    expect(await read(stage, there, '/n')).toBe('2');
    expect(zooKeeper.leader).toBe(leader);
  });

  test('takes the leadership from a server that is cut off from the others', async () => {
    const stage = await setUp();
    const { world, zooKeeper, open, run } = stage;
    const leader = zooKeeper.leader!;
    const session = await open('client');
    await run(session.create('/n', data('1'), 'persistent'));
    const others = [1, 2, 3].filter((n) => n !== leader);
    for (const n of others) world.network.cut(zooKeeper.hosts[leader - 1]!, zooKeeper.hosts[n - 1]!);
    await world.runUntil(() => zooKeeper.leader !== undefined && zooKeeper.leader !== leader);
    await run(session.setData('/n', data('2'), 'any'));
    for (const n of others) world.network.mend(zooKeeper.hosts[leader - 1]!, zooKeeper.hosts[n - 1]!);
    const back = await open('back', leader);
    expect(await read(stage, back, '/n')).toBe('2');
  });

  test('carries sessions and watches from server to server', async () => {
    const { world, zooKeeper, open, run } = await setUp();
    const [watcher, writer] = [await open('watcher'), await open('writer')];
    await run(writer.create('/n', null, 'persistent'));
    await run(watcher.sync('/n'));
    const events: string[] = [];
    const watch = ({ kind, path }: { readonly kind: string; readonly path: string }): void =>
      void events.push(`${kind} ${path}`);
    await run(watcher.getData('/n', { watch }));
    await run(watcher.exists('/none', { watch }));
    const { sessionId } = watcher;
    // Wherever it is, it is elsewhere afterwards, and what happened meanwhile is told there.
    for (const host of zooKeeper.hosts) {
      world.network.cut('watcher', host);
      world.network.reset('watcher', host);
    }
    await run(writer.setData('/n', null, 'any'));
    for (const host of zooKeeper.hosts) world.network.mend('watcher', host);
    await world.runUntil(() => events.length === 1);
    await run(writer.create('/none', null, 'persistent'));
    await world.runUntil(() => events.length === 2);
    expect(events).toEqual(['data-changed /n', 'created /none']);
    expect(watcher.sessionId).toBe(sessionId);
  });

  test('lets only the connection write on which a session lives', async () => {
    const { world, zooKeeper, open, run } = await setUp();
    const [here, there] = [followerOf(zooKeeper), zooKeeper.leader!];
    const first = await open('client', here);
    await run(first.create('/n', data('1'), 'persistent'));
    const { sessionId } = first;
    const password = Buffer.alloc(16, Number(sessionId & 0xffn));
    await open('thief', there, { resume: { sessionId, password } });
    expect(await run(codeOf(first.setData('/n', data('2'), 'any')))).toBe('ConnectionLoss');
    expect(zooKeeper.tree.find('/n')?.version).toBe(0);
    await world.run(10_000);
    expect(zooKeeper.sessions()).toEqual([sessionId]);
  });

  test('ends a session at will, also while nobody leads, and one that is silent', async () => {
    const { world, zooKeeper, open, run } = await setUp();
    const [willed, silent, alive] = [await open('a'), await open('b'), await open('c')];
    for (const [name, session] of Object.entries({ willed, silent, alive }))
      await run(session.create(`/${name}`, null, 'ephemeral'));
    zooKeeper.loseLeader();
    zooKeeper.expire(willed.sessionId);
    expect(zooKeeper.tree.find('/willed')).toBeDefined();
    await world.runUntil(() => zooKeeper.tree.find('/willed') === undefined);
    await world.runUntil(() => willed.state === 'expired');
    world.crash('b');
    await world.run(4000);
    expect(zooKeeper.tree.find('/silent')).toBeDefined();
    await world.run(6000);
    expect(zooKeeper.tree.find('/silent')).toBeUndefined();
    expect(await run(alive.exists('/alive'))).not.toBeNull();
  });

  test('does the same under the same seed, and another thing under another', async () => {
    const digestOf = async (seed: string): Promise<string> => {
      const { world, zooKeeper, open, run } = await setUp(seed);
      const session = await open('client');
      await run(session.create('/n', null, 'persistent'));
      for (let round = 0; round < 5; round++) {
        const leader = zooKeeper.leader!;
        world.kill(zooKeeper.hosts[leader - 1]!);
        await world.runUntil(() => zooKeeper.leader !== undefined && zooKeeper.leader !== leader);
        await run(session.setData('/n', null, 'any'));
        await run(zooKeeper.startServer(leader));
        await world.run(2000);
      }
      return world.trace.digest();
    };
    const digest = await digestOf('1');
    expect(await digestOf('1')).toBe(digest);
    expect(await digestOf('2')).not.toBe(digest);
  });
});
