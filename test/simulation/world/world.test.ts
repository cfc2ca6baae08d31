import { describe, expect, test } from '@jest/globals';
import type { Connection, Runtime } from '../../../src/runtime/index.ts';
import { createWorld } from './index.ts';
import type { World } from './index.ts';

/** Three machines that gossip over the network and write down what they hear. */
async function gossip(seed: string): Promise<World> {
  const world = createWorld(seed);
  const hosts = ['a', 'b', 'c'];
  for (const host of hosts) await startGossip(world, host, world.runtimeFor(host), hosts);
  world.network.cut('a', 'b');
  await world.run(5_000);
  world.network.mend('a', 'b');
  world.crash('c');
  await world.run(5_000);
  return world;
}

async function startGossip(
  world: World,
  host: string,
  runtime: Runtime,
  hosts: readonly string[],
): Promise<void> {
  await runtime.network.listen({ host: '', port: 100 }, (connection) => {
    connection.onClose(() => undefined);
    connection.onData((chunk) => world.note(host, chunk.toString()));
  });
  const tell = async (other: string): Promise<void> => {
    const connection = await runtime.network
      .connect({ host: other, port: 100, timeoutMs: 1000 })
      .catch(() => undefined);
    connection?.write([Buffer.from(`${host} says ${runtime.random.below(1000)}`)]);
    connection?.end();
    await runtime.timers.sleep(runtime.random.below(300));
    void tell(other);
  };
  for (const other of hosts) if (other !== host) void tell(other);
}

test('the same seed gives the same trace, another seed another one', async () => {
  const [first, again, other] = [await gossip('1'), await gossip('1'), await gossip('2')];
  expect(first.trace.count).toBeGreaterThan(50);
  expect(again.trace.digest()).toBe(first.trace.digest());
  expect(other.trace.digest()).not.toBe(first.trace.digest());
});

describe('time', () => {
  test('passes only from event to event, in their order', async () => {
    const world = createWorld(1);
    const { timers, clock } = world.runtimeFor('a');
    const order: string[] = [];
    timers.after(3_600_000, () => order.push(`an hour: ${clock.monotonicMs()}`));
    timers.after(10, () => {
      timers.endOfTurn(() => order.push('end of turn'));
      void Promise.resolve().then(() => order.push('promise'));
      order.push('timer');
    });
    timers.after(10, () => order.push('next timer'));
    timers.after(5, () => order.push('cancelled')).cancel();
    await world.run(86_400_000);
    expect(order).toEqual(['timer', 'promise', 'end of turn', 'next timer', 'an hour: 3600000']);
    expect(world.nowMs).toBe(86_400_000);
  });

  test('an error in an event ends the run and names the seed', async () => {
    const world = createWorld(42);
    world.runtimeFor('a').timers.after(10, () => {
      throw new Error('a broken invariant');
    });
    await expect(world.run(100)).rejects.toThrow('seed 42');
  });

  test('a wall clock can be off without the monotonic one noticing', () => {
    const world = createWorld(1);
    const { clock } = world.runtimeFor('a');
    const before = clock.wallMs();
    world.setWallOffset('a', -60_000);
    expect([clock.wallMs() - before, clock.monotonicMs()]).toEqual([-60_000, 0]);
  });

  test('workers run what they are asked, on copies', async () => {
    const world = createWorld(1, { tasks: { 'x#double': (input) => [Number(input) * 2] } });
    const { workers } = world.runtimeFor('a');
    expect(await world.settle(workers.run('x#double', 4))).toEqual([8]);
    const checked = await world.settle(workers.run('common/java-hash#javaHashCode', 'a'));
    expect(checked).toBe(97);
  });
});

describe('the disk', () => {
  const read = (world: World, path: string): string | undefined => world.disk('a').peek(path)?.toString();

  test('a crash loses bytes and names that were not synced', async () => {
    const world = createWorld(1);
    const { disk } = world.runtimeFor('a');
    await world.settle(
      (async () => {
        await disk.makeFolder('/data');
        const file = await disk.open('/data/log', 'write');
        await file.writev([Buffer.from('synced ')], 0);
        await file.sync();
        await disk.syncFolder('/');
        await disk.syncFolder('/data');
        await file.writev([Buffer.from('lost')], 7);
        await disk.writeFile('/data/unsynced', 'lost too');
      })(),
    );
    expect(read(world, '/data/log')).toBe('synced lost');
    world.crash('a', { keep: 'nothing' });
    expect([read(world, '/data/log'), read(world, '/data/unsynced')]).toEqual(['synced ', undefined]);
  });

  test('a kill loses nothing that was written, and frees the locks', async () => {
    const world = createWorld(1);
    const before = world.runtimeFor('a');
    await world.settle(before.disk.makeFolder('/data'));
    await world.settle(before.disk.writeFile('/data/log', 'written'));
    expect(await world.settle(before.disk.lock('/data/.lock'))).toBeDefined();
    expect(await world.settle(before.disk.lock('/data/.lock'))).toBeUndefined();
    world.kill('a');
    const after = world.runtimeFor('a');
    expect(after).not.toBe(before);
    expect(read(world, '/data/log')).toBe('written');
    expect(await world.settle(after.disk.lock('/data/.lock'))).toBeDefined();
  });

  test('a rename survives a crash whole or not at all', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const world = createWorld(seed);
      const { disk } = world.runtimeFor('a');
      const work = async (): Promise<void> => {
        for (const [name, text] of [
          ['old', 'old'],
          ['new', 'new'],
        ] as const) {
          const file = await disk.open(`/${name}`, 'replace');
          await file.writev([Buffer.from(text)], 0);
          await file.sync();
        }
        await disk.syncFolder('/');
        await disk.rename('/new', '/old');
      };
      await world.settle(work());
      world.crash('a');
      outcomes.add(JSON.stringify([read(world, '/old'), read(world, '/new')]));
    }
    expect([...outcomes].sort()).toEqual(['["new",null]', '["old","new"]']);
  });

  test('a crash may tear a write that was not synced', async () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const world = createWorld(seed);
      const { disk } = world.runtimeFor('a');
      await world.settle(disk.writeFile('/log', Buffer.alloc(4096, 1)));
      await world.settle(disk.syncFolder('/'));
      world.crash('a');
      sizes.add(world.disk('a').peek('/log')!.length);
    }
    expect(sizes.has(0) && sizes.has(4096)).toBe(true);
    expect([...sizes].some((size) => size > 0 && size < 4096)).toBe(true);
  });

  test('can be full, broken or slow', async () => {
    const world = createWorld(1);
    const { disk } = world.runtimeFor('a');
    world.disk('a').capacityBytes = 10;
    await expect(world.settle(disk.writeFile('/big', Buffer.alloc(11)))).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    expect(world.disk('a').usedBytes).toBe(10);
    await world.settle(disk.removeFile('/big'));
    expect(world.disk('a').usedBytes).toBe(0);
    world.disk('a').fault = (operation, path) =>
      operation === 'read' && path === '/bad' ? 'EIO' : undefined;
    await world.settle(disk.writeFile('/bad', 'x'));
    await expect(world.settle(disk.readFile('/bad'))).rejects.toMatchObject({ code: 'EIO' });
    world.disk('a').latencyMs = [500, 500];
    const startMs = world.nowMs;
    await world.settle(disk.stat('/bad'));
    expect(world.nowMs - startMs).toBe(500);
  });

  test('has the errors of a real one', async () => {
    const world = createWorld(1);
    const { disk } = world.runtimeFor('a');
    await expect(world.settle(disk.open('/none', 'read'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(world.settle(disk.writeFile('/no/folder', ''))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(world.settle(disk.list('/none'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await world.settle(disk.stat('/none'))).toBeUndefined();
    await world.settle(disk.removeFile('/none'));
  });
});

describe('the network', () => {
  interface Pair {
    readonly world: World;
    readonly client: Connection;
    readonly server: Connection;
    readonly heard: { client: string; server: string; clientError: unknown; serverError: unknown };
  }

  async function pair(seed = 'pair'): Promise<Pair> {
    const world = createWorld(seed);
    const heard = { client: '', server: '', clientError: 'open' as unknown, serverError: 'open' as unknown };
    let server: Connection | undefined;
    await world.runtimeFor('server').network.listen({ host: '', port: 9092 }, (connection) => {
      server = connection;
      connection.onData((chunk) => (heard.server += chunk.toString()));
      connection.onClose((error) => (heard.serverError = error));
    });
    const { network } = world.runtimeFor('client');
    const client = await world.settle(network.connect({ host: 'server', port: 9092, timeoutMs: 1000 }));
    client.onData((chunk) => (heard.client += chunk.toString()));
    client.onClose((error) => (heard.clientError = error));
    return { world, client, server: server!, heard };
  }

  test('delivers in order, and what was written before the end', async () => {
    const { world, client, heard } = await pair();
    const text = Array.from({ length: 1000 }, (_, index) => `${index} `);
    for (const part of text) client.write([Buffer.from(part)]);
    client.end();
    await world.run(5000);
    expect(heard).toMatchObject({ server: text.join(''), clientError: undefined, serverError: undefined });
  });

  test('a cut link delivers later, one that is cut one way still works the other', async () => {
    const { world, client, server, heard } = await pair();
    world.network.cutOneWay('client', 'server');
    client.write([Buffer.from('request')]);
    server.write([Buffer.from('news')]);
    await world.run(60_000);
    expect(heard).toMatchObject({ server: '', client: 'news', clientError: 'open' });
    world.network.mend('client', 'server');
    await world.run(1000);
    expect(heard.server).toBe('request');
  });

  test('a killed process resets its connections, a crashed machine leaves them half open', async () => {
    const killed = await pair();
    killed.world.kill('server');
    await killed.world.run(1000);
    expect(killed.heard.clientError).toMatchObject({ code: 'ECONNRESET' });

    const crashed = await pair();
    crashed.world.crash('server');
    crashed.client.write([Buffer.from('anybody?')]);
    await crashed.world.run(60_000);
    expect(crashed.heard.clientError).toBe('open');
    crashed.world.runtimeFor('server');
    crashed.client.write([Buffer.from('and now?')]);
    await crashed.world.run(1000);
    expect(crashed.heard.clientError).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a reader that pauses makes the writer hold back until it reads on', async () => {
    const { world, client, server, heard } = await pair();
    let drained = 0;
    client.onDrain(() => (drained += 1));
    server.pause();
    expect(client.write([Buffer.alloc(1_000_000, 'x')])).toBe(false);
    await world.run(1000);
    expect([client.pendingBytes > 500_000, drained]).toEqual([true, 0]);
    server.resume();
    await world.run(1000);
    expect([client.pendingBytes, drained, heard.server.length]).toEqual([0, 1, 1_000_000]);
  });

  test('a reset breaks both ends, and a dead process hears nothing', async () => {
    const { world, heard } = await pair();
    world.network.reset('client', 'server');
    await world.run(10);
    expect([heard.clientError, heard.serverError]).toMatchObject([
      { code: 'ECONNRESET' },
      { code: 'ECONNRESET' },
    ]);
  });
});
